// emulate 0.8.0 listens on all interfaces; this keeps it on the loopback one.
const { Server } = require('node:net');
const listen = Server.prototype.listen;
Server.prototype.listen = function (...args) {
  if (typeof args[0] === 'object' && args[0] !== null) {
    return listen.call(this, { ...args[0], host: '127.0.0.1' }, ...args.slice(1));
  }

  return listen.call(this, { port: Number(args[0]) || 0, host: '127.0.0.1' }, ...args.filter((arg) => typeof arg === 'function'));
};
