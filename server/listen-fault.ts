/**
 * What to tell an operator when an address cannot be listened on.
 *
 * @param fault `udp:0.0.0.0:5060: EADDRINUSE`, as the transport layer tells it
 */
export function listenFaultSentence(fault: string): string {
  const parts = /^(\w+):(.+):(\d+): (E[A-Z]+)$/.exec(fault);
  if (parts === null) return `Cannot listen: ${fault}.`;
  const [, transport = '', host = '', port = '', code = ''] = parts;
  const where = `${transport} port ${port} on ${host}`;
  const elsewhere = `--listen udp:0.0.0.0:${otherPort(port)} tcp:0.0.0.0:${otherPort(port)}`;
  switch (code) {
    case 'EADDRINUSE':
      return (
        `Cannot listen on ${where}: another program has it, perhaps another Pharos. ` +
        `Stop that one (to see it: ss -lnp 'sport = :${port}'), or listen elsewhere: ${elsewhere}`
      );
    case 'EACCES':
      return (
        `Cannot listen on ${where}: this user is not allowed to. Ports below 1024 need a right (CAP_NET_BIND_SERVICE); ` +
        `or listen elsewhere: ${elsewhere}`
      );
    case 'EADDRNOTAVAIL':
      return `Cannot listen on ${where}: ${host} is not an address of this machine. Its addresses: ip address.`;
    case 'EAFNOSUPPORT':
      return `Cannot listen on ${where}: this machine has no addresses of that kind. Leave the entry out of --listen.`;
    default:
      return `Cannot listen on ${where}: the system says ${code}.`;
  }
}

const otherPort = (port: string): string => (port === '5060' ? '5070' : '5060');
