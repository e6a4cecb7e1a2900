/** Secrets in configurations: plain data inside, masked wherever a person or a file could read them. */

/** What is printed in place of a password, whatever its length. */
export const MASK = '********';
