/**
 * The project's source as text for the rules of the house: files, code without comments and strings, imports.
 * A small scanner, not a parser: it knows comments, strings, templates and regular expressions, which is what the
 * rules need to look at code only.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { projectRoot } from '../wire/fixtures.js';

export interface SourceFile {
  /** From the project's root: src/core/engine.ts. */
  readonly path: string;
  readonly text: string;
  /** The text with comments blanked and strings emptied; same line numbers. */
  readonly code: string;
  readonly imports: readonly Import[];
}

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** From the project's root, for relative imports: src/base/time.ts. */
  readonly path?: string;
  readonly line: number;
}

export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

export const formatFindings = (findings: readonly Finding[]): string =>
  findings.map((finding) => `${finding.path}:${finding.line} ${finding.text}`).join('\n');

/** The first folder below src/: base, wire, core ...; undefined elsewhere. */
export const roomOf = (path: string): string | undefined => /^src\/([^/]+)\//.exec(path)?.[1];

export function sourceFile(path: string, text: string): SourceFile {
  const { code, withStrings } = scan(text);
  return { path, text, code, imports: importsOf(path, withStrings) };
}

/** Every TypeScript file below src/. */
export function allSources(): SourceFile[] {
  return filesBelow('src')
    .filter((path) => path.endsWith('.ts') || path.endsWith('.tsx'))
    .map((path) => sourceFile(path, readFileSync(join(projectRoot, path), 'utf8')));
}

/** Every file below `folder`, as paths from the project's root, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(projectRoot, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(path) : [path];
    })
    .sort();
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** One finding for each place in the code that matches; `pattern` is global. */
export function matches(
  file: SourceFile,
  pattern: RegExp,
  say: (match: RegExpExecArray) => string,
): Finding[] {
  return [...file.code.matchAll(pattern)].map((match) => ({
    path: file.path,
    line: lineAt(file.code, match.index),
    text: say(match),
  }));
}

function importsOf(path: string, withStrings: string): Import[] {
  // `from` is also a word of routes and rules: an import's stands behind a name or a brace, never in quotes. No module of
  // ours has a dollar in its name, but texts that are put together have.
  const pattern = /(?:(?<=[\w$}*]\s+)from\s+|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])([^'"\n$]+)\1/g;
  return [...withStrings.matchAll(pattern)].map((match) => {
    const specifier = match[2] ?? '';
    const line = lineAt(withStrings, match.index);
    if (!specifier.startsWith('.')) return { specifier, line };
    const target = posix.normalize(posix.join(dirname(path), specifier)).replace(/\.js$/, '.ts');
    return { specifier, path: target, line };
  });
}

/** Blanks comments; in `code` also what stands inside strings, templates and regular expressions. */
function scan(text: string): { code: string; withStrings: string } {
  const code = [...text];
  const withStrings = [...text];
  const blank = (from: number, to: number, strings: boolean): void => {
    for (let i = from; i < to && i < text.length; i++) {
      if (text[i] === '\n') continue;
      code[i] = ' ';
      if (!strings) withStrings[i] = ' ';
    }
  };
  /** Depths of braces at which a template's `${` was opened. */
  const templates: number[] = [];
  let depth = 0;
  let i = 0;
  const skipQuoted = (from: number, quote: string): number => {
    let at = from;
    while (at < text.length && text[at] !== quote && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
    return at;
  };
  const skipTemplate = (from: number): number => {
    let at = from;
    while (at < text.length && text[at] !== '`') {
      if (text[at] === '$' && text[at + 1] === '{') {
        templates.push(depth++);
        blank(from, at, true);
        return at + 2;
      }
      at += text[at] === '\\' ? 2 : 1;
    }
    blank(from, at, true);
    return at + 1;
  };
  while (i < text.length) {
    const c = text[i];
    const next = text[i + 1];
    if (c === '/' && next === '/') {
      const end = text.indexOf('\n', i);
      const to = end < 0 ? text.length : end;
      blank(i, to, false);
      i = to;
    } else if (c === '/' && next === '*') {
      const end = text.indexOf('*/', i + 2);
      const to = end < 0 ? text.length : end + 2;
      blank(i, to, false);
      i = to;
    } else if (c === '"' || c === "'") {
      const end = skipQuoted(i + 1, c);
      blank(i + 1, end, true);
      i = end + 1;
    } else if (c === '`') i = skipTemplate(i + 1);
    else if (c === '/' && beginsExpression(text, i)) {
      const end = skipRegExp(text, i + 1);
      blank(i + 1, end, true);
      i = end + 1;
    } else {
      if (c === '{') depth++;
      if (c === '}') {
        depth--;
        if (templates.at(-1) === depth) {
          templates.pop();
          i = skipTemplate(i + 1);
          continue;
        }
      }
      i++;
    }
  }
  return { code: code.join(''), withStrings: withStrings.join('') };
}

/** Whether a slash here begins a regular expression: it does where a value cannot have ended just before. */
function beginsExpression(text: string, at: number): boolean {
  const before = text.slice(0, at).trimEnd();
  return before === '' || /[=(,:;!&|?{}[+\-*%<>~^]$|\b(?:return|typeof|case|in|of)$/.test(before);
}

function skipRegExp(text: string, from: number): number {
  let inClass = false;
  let at = from;
  while (at < text.length && text[at] !== '\n') {
    const c = text[at];
    if (c === '\\') at++;
    else if (c === '[') inClass = true;
    else if (c === ']') inClass = false;
    else if (c === '/' && !inClass) break;
    at++;
  }
  return at;
}
