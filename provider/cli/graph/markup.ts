/** Text and attributes of SVG and HTML: whatever a cluster says comes out as text. */
import { oneLine } from "../../mcs/printable";

const SIGNS: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** @param max characters; longer text is cut */
export function escaped(text: string, max?: number): string {
  return oneLine(text, max).replace(/[&<>"']/g, (sign) => SIGNS[sign]!);
}
