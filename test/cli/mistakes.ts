/**
 * The page of mistakes as data: its configurations, and the answers of both daemons that it shows. Reading and
 * rewriting the page is decided here, running the daemons by the test.
 */

export interface Mistake {
  /** `4. A unit behind a number` */
  readonly title: string;
  /** File names and texts, one or, for routers of one cluster, several. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly keepalived: Answer;
  readonly holdfast: Answer;
}

export interface Answer {
  readonly exit: number;
  /** Empty: it says nothing. */
  readonly text: string;
}

const FILE = /(?:^`([^`\n]+)`:\n\n)?^```conf\n([\s\S]*?)^```$/gm;
const ANSWER =
  /^(Keepalived|Holdfast) says(?: nothing, with exit status (\d+)\.|, with exit status (\d+):\n\n```text\n([\s\S]*?)^```)$/gm;

export function readMistakes(page: string): Mistake[] {
  return page
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const answers = new Map<string, Answer>();
      for (const [, who = '', silent, loud, text = ''] of section.matchAll(ANSWER)) {
        answers.set(who, { exit: Number(silent ?? loud), text });
      }
      const title = section.split('\n', 1)[0] ?? '';
      const [keepalived, holdfast] = [answers.get('Keepalived'), answers.get('Holdfast')];
      if (!keepalived || !holdfast) throw new Error(`"${title}" does not show both answers`);
      const files = [...section.matchAll(FILE)].map(([, name = 'keepalived.conf', text = '']) => ({
        name,
        text,
      }));
      return { title, files, keepalived, holdfast };
    });
}

/** The page with other answers, in the order of its mistakes. */
export function withAnswers(
  page: string,
  who: 'Keepalived' | 'Holdfast',
  answers: readonly Answer[],
): string {
  let next = 0;
  return page.replace(ANSWER, (shown: string, whose: string) => {
    if (whose !== who) return shown;
    const { exit, text } = answers[next++] ?? { exit: 0, text: '' };
    const status = `with exit status ${exit}`;
    return text === ''
      ? `${who} says nothing, ${status}.`
      : `${who} says, ${status}:\n\n\`\`\`text\n${text}\`\`\``;
  });
}
