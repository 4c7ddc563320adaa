import { endianness } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type * as Koffi from 'koffi';
import { fail, ok } from '../kernel/result.ts';
import type { LoadSocketCalls, Pointer, Readiness, SocketCalls } from './socket-calls.ts';

/** The machines whose layout of msghdr (64 bit, little-endian) is the one of message-headers.ts. */
const architectures: readonly string[] = ['x64', 'arm64', 'riscv64', 'loong64'];

/**
 * The C library of this process, called through koffi. The pointer arguments are declared as integers: a number is handed
 * over for 0.1 µs, a Buffer or a bigint for more.
 */
export const loadSocketCalls: LoadSocketCalls = async () => {
  if (process.platform !== 'linux' || !architectures.includes(process.arch) || endianness() !== 'LE') {
    return fail(`no recvmmsg on ${process.platform} ${process.arch}`);
  }
  try {
    return ok(bound(await import('koffi')));
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
};

/** @throws an Error when the library lacks one of the functions */
function bound(koffi: typeof Koffi): SocketCalls {
  const libc = koffi.load(null);
  const writeAddress = libc.func('uintptr_t inet_ntop(int family, uintptr_t from, uintptr_t into, uint bytes)');
  const interfaceName = libc.func('uintptr_t if_indextoname(uint index, uintptr_t into)');
  return {
    socket: libc.func('int socket(int family, int type, int protocol)'),
    bind: libc.func('int bind(int fd, uintptr_t name, uint nameBytes)'),
    getsockname: libc.func('int getsockname(int fd, uintptr_t name, uintptr_t nameBytes)'),
    setsockopt: libc.func('int setsockopt(int fd, int level, int option, uintptr_t value, uint valueBytes)'),
    recvmmsg: libc.func('int recvmmsg(int fd, uintptr_t headers, uint count, int flags, uintptr_t timeout)'),
    sendmmsg: libc.func('int sendmmsg(int fd, uintptr_t headers, uint count, int flags)'),
    close: libc.func('int close(int fd)'),
    parseAddress: libc.func('int inet_pton(int family, str text, uintptr_t into)'),
    writeAddress(family, from, into, bytesMax) {
      writeAddress(family, from, into, bytesMax);
    },
    interfaceIndex: libc.func('uint if_nametoindex(str name)'),
    interfaceName(index, into) {
      interfaceName(index, into);
    },
    lastError: () => getSystemErrorName(-koffi.errno()),
    pointerTo: (bytes) => exact(koffi.address(bytes)),
    ready: (descriptor, onReady) => readiness(koffi, descriptor, onReady),
  };
}

/** @throws RangeError for a pointer that a number does not hold (tagged memory) */
function exact(pointer: bigint): Pointer {
  if (pointer > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError('memory too high up');
  return Number(pointer);
}

/** The event loop's own polling (uv_poll) of a descriptor that is not one of node's. */
function readiness(koffi: typeof Koffi, descriptor: number, onReady: (failed: boolean) => void): Readiness | undefined {
  const told = (status: unknown): void => {
    onReady(typeof status === 'number' && status < 0);
  };
  try {
    const handle = koffi.node.poll(descriptor, { readable: true }, told);
    return {
      watch(alsoWritable) {
        handle.start({ readable: true, writable: alsoWritable }, told);
      },
      pause() {
        handle.stop();
      },
      close() {
        handle.close();
      },
    };
  } catch {
    return undefined;
  }
}
