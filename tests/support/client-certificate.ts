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

interface Wanted {
  readonly user: string;
  readonly notAfter: Date;
  /** Signs itself without one. */
  readonly authority?: Pair;
}

let serial = 1;

function pair({ user, notAfter, authority }: Wanted): Pair {
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
          { name: "keyUsage", keyCertSign: true },
        ],
  );
  certificate.sign(pki.privateKeyFromPem(authority?.key ?? key), md.sha256.create());
  return { certificate: pki.certificateToPem(certificate), key };
}
