/**
 * A mail as the global settings address it: server, sender, recipients. Whether one is sent, and what it says, its
 * callers decide: messages.ts for VRRP, core/lvs/notices for the load balancer. (directives-global section 3.4)
 */
import type { GlobalSettings } from '../../config/model-globals.js';
import type { SendMail } from '../effects.js';

/** Undefined: nobody is to be written to, or by no server. */
export function mailing(
  globals: GlobalSettings | undefined,
  subject: string,
  body: string,
): SendMail | undefined {
  if (!globals?.smtpServer || globals.notificationEmail.length === 0) return undefined;
  return {
    kind: 'send-mail',
    server: globals.smtpServer,
    ...(globals.routerId === undefined ? {} : { router: globals.routerId }),
    ...(globals.smtpHeloName === undefined ? {} : { helo: globals.smtpHeloName }),
    ...(globals.notificationEmailFrom === undefined ? {} : { from: globals.notificationEmailFrom }),
    ...(globals.smtpTls === undefined ? {} : { tls: globals.smtpTls }),
    ...(globals.smtpAuth === undefined ? {} : { auth: globals.smtpAuth }),
    to: globals.notificationEmail,
    connectTimeout: globals.smtpConnectTimeout,
    subject,
    body,
  };
}
