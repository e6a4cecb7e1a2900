/** Node's inspector, in a file of its own so that it is loaded after the handlers of signals and not with them. */
export { close, url } from 'node:inspector';
