/** Client certificates for tests: an authority for `startClusters({ clientCa })`, and what it signs. */
import { generateKeyPairSync } from "node:crypto";
import { md, pki } from "node-forge";

export interface Pair {
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

const DAY_MS = 24 * 3_600_000;

export function certificateAuthority(): Pair {
  return pair({ user: "test client authority", notAfter: new Date(Date.now() + DAY_MS) });
}

/** @param user the CN, which Kubernetes takes for the user's name */
export function clientCertificate(authority: Pair, user: string, notAfter = new Date(Date.now() + DAY_MS)): Pair {
  return pair({ user, notAfter, authority });
}

/** Of the fake kubelets of a member: what they show to the API server, and what it shows to them; both trust nothing else. */
export function kubeletCertificate(): Pair {
  return pair({ user: "kubelet", notAfter: new Date(Date.now() + DAY_MS), address: "127.0.0.1" });
}

interface Wanted {
  readonly user: string;
  readonly notAfter: Date;
  /** Signs itself without one. */
  readonly authority?: Pair;
  /** A server's, too. */
  readonly address?: string;
}

let serial = 1;

function pair({ user, notAfter, authority, address }: Wanted): Pair {
  const { privateKey: key, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const certificate = pki.createCertificate();
  certificate.publicKey = pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = (serial++).toString(16).padStart(4, "0");
  certificate.validity.notBefore = new Date(Date.now() - 2 * DAY_MS);
  certificate.validity.notAfter = notAfter;
  certificate.setSubject([{ name: "commonName", value: user }]);
  const issuer = authority && pki.certificateFromPem(authority.certificate);
  certificate.setIssuer(issuer ? issuer.subject.attributes : certificate.subject.attributes);
  certificate.setExtensions(
    issuer
      ? [{ name: "extKeyUsage", clientAuth: true }]
      : [
          { name: "basicConstraints", cA: true },
          { name: "keyUsage", keyCertSign: true, digitalSignature: true },
          ...(address === undefined
            ? []
            : [
                { name: "extKeyUsage", serverAuth: true, clientAuth: true },
                { name: "subjectAltName", altNames: [{ type: 7, ip: address }] },
              ]),
        ],
  );
  certificate.sign(pki.privateKeyFromPem(authority?.key ?? key), md.sha256.create());
  return { certificate: pki.certificateToPem(certificate), key };
}
