import { Socket } from 'node:net';

/**
 * Where what a socket receives lies until it is copied out; one for all, as the event loop reads them one after the other.
 * Node on its own allocates 64 KB for each read and shrinks it, which costs more than the copy of a message (`bench/connections.ts`).
 */
const room = Buffer.allocUnsafeSlow(65_536);

/** What `onread` of `net.connect` sets; an accepted socket has the same places, and no documented way to set them. */
interface Places {
  readonly buffer: symbol;
  readonly take: symbol;
}

const places = findPlaces(new Socket());

function findPlaces(socket: Socket): Places | undefined {
  const named = (name: string): symbol | undefined =>
    Object.getOwnPropertySymbols(socket).find((each) => each.description === name);
  const [buffer, take] = [named('kBuffer'), named('kBufferCb')];
  return buffer === undefined || take === undefined ? undefined : { buffer, take };
}

/**
 * Has a socket that is open read into the shared room; `onBytes` gets a copy that is its own.
 *
 * @returns false when this Node has no such places: the socket is as it was, and its 'data' to be listened to
 */
export function readShared(socket: Socket, onBytes: (bytes: Buffer) => void): boolean {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (places === undefined || !takesBuffer(handle)) return false;
  const take = (count: number): boolean => {
    const bytes = Buffer.allocUnsafe(count);
    room.copy(bytes, 0, 0, count);
    onBytes(bytes);
    return true;
  };
  Reflect.set(socket, places.buffer, room);
  Reflect.set(socket, places.take, take);
  handle.useUserBuffer(room);
  return true;
}

const takesBuffer = (handle: unknown): handle is { useUserBuffer(bytes: Uint8Array): void } =>
  typeof handle === 'object' &&
  handle !== null &&
  'useUserBuffer' in handle &&
  typeof handle.useUserBuffer === 'function';
