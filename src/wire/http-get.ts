/**
 * The request of HTTP_GET, SSL_GET and genhash, byte for byte as Keepalived writes it. What an answer means is decided
 * by who asked. (directives-lvs sections 6.2 and 11.2)
 */
import type { IpAddress } from '../base/ip-address.js';

export interface HttpGet {
  readonly path: string;
  /** 1.0C and 1.0c are 1.0 with `Connection: close`, which 1.1 has too. */
  readonly version: '1.0' | '1.0C' | '1.0c' | '1.1';
  /** Sent as it is written; absent: address and port, the port always. */
  readonly virtualhost?: string;
  readonly address: IpAddress;
  readonly port: number;
}

export function httpGetText({ path, version, virtualhost, address, port }: HttpGet): string {
  const literal = address.includes(':') ? `[${address}]` : address;
  const host = virtualhost ?? `${literal}:${port}`;
  const close = version === '1.0' ? '' : 'Connection: close\r\n';
  const number = version === '1.1' ? '1.1' : '1.0';
  return `GET ${path} HTTP/${number}\r\nUser-Agent: KeepAliveClient\r\n${close}Host: ${host}\r\n\r\n`;
}
