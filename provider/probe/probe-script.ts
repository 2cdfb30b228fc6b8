/** PURE. What the pods of a probe run, in the words of BusyBox's shell, and what a caller's last word says. */
import type { IPFamily } from "../mcs/api";
import { type Answer, ANSWERS, type Call, CALLS } from "./probe-facts";

export const PORT = 8080;
const LARGE_BYTES = 65_536;
/** Of one attempt. */
const CALL_SECONDS = 5;
/** Seconds in which one attempt must succeed: a route is there or is not; a new Service and a new name take a moment. */
const PATIENCE: Readonly<Record<Call, number>> = { address: 6, down: 6, up: 6, clusterIP: 12, name: 15 };

/** BusyBox's wget sends a file up to its first zero byte only. */
const LARGE = `head -c ${LARGE_BYTES} /dev/zero | tr '\\0' x`;

/** Says `word`, gives 64 KiB, and counts what it is sent. */
export function serverScript(word: string): string {
  return [
    "set -e",
    "mkdir -p /tmp/www/cgi-bin",
    "cd /tmp/www",
    `printf %s '${word}' > small`,
    `${LARGE} > large`,
    `printf '#!/bin/sh\\nprintf "Content-Type: text/plain\\\\r\\\\n\\\\r\\\\n"; wc -c\\n' > cgi-bin/count`,
    "chmod +x cgi-bin/count",
    `exec httpd -f -p ${PORT} -h /tmp/www`,
  ].join("\n");
}

/** One server, as a caller may reach it. */
export interface Target {
  /** Place of the called member in a list; it comes back with the answers. */
  readonly number: number;
  /** What it says. */
  readonly word: string;
  readonly families: readonly {
    readonly family: IPFamily;
    readonly address: string;
    /** Of its derived Service; absent where there is none to call. */
    readonly clusterIP?: string;
  }[];
  /** Absent where it is not to be called by name. */
  readonly name?: string;
}

/**
 * Calls all targets at once, and of each what comes first: what is behind a call that fails is not tried. One line for each call goes to the pod's
 * termination message: number, family, call, answer.
 */
export function callerScript(targets: readonly Target[]): string {
  return `${PRELUDE}\n${targets.map((target) => `( ${callsOf(target)} ) &`).join("\n")}\nwait\ncat /tmp/answers > /dev/termination-log\n`;
}

function callsOf({ number, word, families, name }: Target): string {
  const calling = (call: Call, host: string, family = "-") => {
    const url = `http://${host.includes(":") ? `[${host}]` : host}:${PORT}`;
    const expected = call === "down" || call === "up" ? String(LARGE_BYTES) : word;
    return `try '${number} ${family} ${CALLS.indexOf(call)}' ${PATIENCE[call]} '${expected}' ${call} '${url}'`;
  };
  const byFamily = families.map(({ family, address, clusterIP }) => {
    const short = family === "IPv4" ? "4" : "6";
    const further = [
      calling("down", address, short),
      calling("up", address, short),
      ...(clusterIP === undefined ? [] : [calling("clusterIP", clusterIP, short)]),
    ];
    return `( ${calling("address", address, short)} && { ${further.map((one) => `${one} &`).join(" ")} wait; } ) &`;
  });
  const last =
    name === undefined
      ? []
      : [`grep -q '^${number} . ${CALLS.indexOf("clusterIP")} 0' /tmp/answers && ${calling("name", name)}`];
  return [...byFamily, "wait", ...last].join("\n");
}

/** Of `timeout`, BusyBox of before 1.30 has another form; it is older than any image in use. */
const PRELUDE = `: > /tmp/answers
${LARGE} > /tmp/large
call() {
  case $1 in
    down) file=$(mktemp /tmp/down.XXXXXX)
      timeout ${CALL_SECONDS} wget -q -O - "$2/large" > "$file"; code=$?
      wc -c < "$file" | tr -d ' '; rm "$file"; return $code ;;
    up) timeout ${CALL_SECONDS} wget -q -O - --post-file=/tmp/large "$2/cgi-bin/count" ;;
    *) timeout ${CALL_SECONDS} wget -q -O - "$2/small" ;;
  esac
}
try() {
  key=$1; until=$(($(date +%s) + $2)); expected=$3; what=$4; url=$5
  errors=$(mktemp /tmp/errors.XXXXXX); denied=
  while :; do
    said=$(call "$what" "$url" 2>"$errors"); code=$?
    if [ "$said" = "$expected" ]; then answer=0; break; fi
    case "$(cat "$errors")" in
      *refused*) answer=2 ;;
      *"o route"*|*nreachable*) answer=3 ;;
      *"imed out"*) answer=4 ;;
      *"bad address"*|*resolv*) answer=5 ;;
      *) answer=6
         case $what in down|up) ;; *) [ -n "$said" ] && answer=1 ;; esac
         case $code in 124|137|143) answer=4 ;; esac ;;
    esac
    [ $answer = 3 ] && denied=1
    [ "$(date +%s)" -lt $until ] || break
    sleep 1
  done
  # A network that said once that there is no route says more than one that was silent, or slow, afterwards.
  [ $answer = 4 ] && [ -n "$denied" ] && answer=3
  echo "$key $answer" >> /tmp/answers
  return $answer
}`;

export interface Answered {
  readonly number: number;
  readonly family?: IPFamily;
  readonly call: Call;
  readonly answer: Answer;
}

/** Lines that are none are passed over: the message may have been cut. */
export function readAnswers(message: string): readonly Answered[] {
  return message.split("\n").flatMap((line): Answered[] => {
    const [, number, family, call, answer] = /^(\d+) ([46-]) (\d) (\d)$/.exec(line) ?? [];
    const [what, how] = [CALLS[Number(call)], ANSWERS[Number(answer)]];
    if (what === undefined || how === undefined) return [];
    return [
      {
        number: Number(number),
        ...(family !== "-" && { family: `IPv${family}` as IPFamily }),
        call: what,
        answer: how,
      },
    ];
  });
}
