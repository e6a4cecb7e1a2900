/** global_defs to settings, defaults filled in. (directives-global section 3) */
import type { IpAddress } from '../../base/ip-address.js';
import { seconds } from '../../base/time.js';
import type { GlobalSettings } from '../model.js';
import type { GlobalValues, RootValues } from './context.js';

export function buildGlobals(top: RootValues): GlobalSettings {
  const values: GlobalValues = top.globals?.values ?? {};
  const user = values.scriptUser?.value;
  return {
    ...(values.routerId ? { routerId: values.routerId.value } : {}),
    notificationEmail: (values.notificationEmail?.entries ?? []).map((entry) => entry.value),
    ...(values.notificationEmailFrom ? { notificationEmailFrom: values.notificationEmailFrom.value } : {}),
    ...(values.smtpServer ? { smtpServer: values.smtpServer.value } : {}),
    smtpConnectTimeout: values.smtpConnectTimeout?.value ?? seconds(30),
    ...(user ? { scriptUser: user.user } : {}),
    ...(user?.group === undefined ? {} : { scriptGroup: user.group }),
    enableScriptSecurity: values.enableScriptSecurity !== undefined,
    mcastGroup4: values.mcastGroup4?.value ?? ('224.0.0.18' as IpAddress),
    mcastGroup6: values.mcastGroup6?.value ?? ('ff02::12' as IpAddress),
    defaultInterface: values.defaultInterface?.value ?? 'eth0',
    ...(top.netNamespace ? { netNamespace: top.netNamespace.value } : {}),
    ...(top.instanceName ? { instanceName: top.instanceName.value } : {}),
  };
}
