/** A hash of configuration text: tells versions apart, keeps no secrets. 64 bits, FNV-1a in two halves. */
export class TextHash {
  #a = 0x811c9dc5;
  #b = 0xcbf29ce4;

  /** One logical line. */
  add(text: string): void {
    let a = this.#a;
    let b = this.#b;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      a = Math.imul(a ^ c, 0x01000193);
      b = Math.imul(b ^ c, 0x01000197) ^ (a >>> 15);
    }
    this.#a = Math.imul(a ^ 10, 0x01000193);
    this.#b = Math.imul(b ^ 10, 0x01000197);
  }

  finish(): string {
    const half = (n: number) => (n >>> 0).toString(16).padStart(8, '0');
    return half(this.#a) + half(this.#b);
  }
}
