/** How a program of each language is started: what the host does differently for them, in one place. */
import type { Starting } from "./start";
import { startGo } from "./start-go";
import { startNode } from "./start-node";
import { startPython } from "./start-python";

export const languages = { nodejs: startNode, python: startPython, go: startGo } as const satisfies Readonly<
  Record<string, Starting>
>;

export type LanguageName = keyof typeof languages;
