/** `*` stands for anything, other characters for themselves. Linear in both texts together, whatever they hold. */
export function globFits(glob: string, text: string): boolean {
  if (!glob.includes('*')) return glob === text;
  const parts = glob.split('*');
  const [first = '', ...rest] = parts;
  const last = rest.pop() ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
