import { WebSocket as NodeWebSocket } from 'ws';

/**
 * Puts in place what the libraries find in a browser: `WebSocket`, and for JsSIP `window` and `RTCPeerConnection`.
 *
 * @param authority  PEM text of the authority that is trusted, as a browser's user has installed it
 */
export function installWebGlobals(authority: string): void {
  class TrustingWebSocket extends NodeWebSocket {
    constructor(url: string, protocols?: string | string[]) {
      super(url, protocols, { ca: authority });
    }
  }
  Object.assign(globalThis, { WebSocket: TrustingWebSocket, window: globalThis, RTCPeerConnection: StandInConnection });
  Object.assign(globalThis, { RTCSessionDescription: StandInDescription });
}

/** SDP as a browser would write it, without a network behind it. */
export const standInSdp = (setup: 'actpass' | 'active'): string =>
  [
    'v=0',
    'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'c=IN IP4 0.0.0.0',
    'a=rtcp-mux',
    'a=ice-ufrag:aaaa',
    'a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaaaa',
    'a=fingerprint:sha-256 ' + Array.from({ length: 32 }, () => '00').join(':'),
    `a=setup:${setup}`,
    'a=mid:0',
    'a=sendrecv',
    'a=rtpmap:111 opus/48000/2',
    '',
  ].join('\r\n');

interface Description {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}

class StandInDescription implements Description {
  readonly type: Description['type'];
  readonly sdp: string;

  constructor({ type, sdp }: Description) {
    this.type = type;
    this.sdp = sdp;
  }
}

/** As much of RTCPeerConnection as JsSIP touches; candidates are gathered at once, and no media flows. */
class StandInConnection extends EventTarget {
  readonly iceGatheringState = 'complete';
  readonly iceConnectionState = 'new';
  signalingState = 'stable';
  localDescription: Description | undefined;
  remoteDescription: Description | undefined;

  async createOffer(): Promise<Description> {
    return { type: 'offer', sdp: standInSdp('actpass') };
  }

  async createAnswer(): Promise<Description> {
    return { type: 'answer', sdp: standInSdp('active') };
  }

  async setLocalDescription(description: Description): Promise<void> {
    this.localDescription = description;
    this.signalingState = description.type === 'offer' ? 'have-local-offer' : 'stable';
  }

  async setRemoteDescription(description: Description): Promise<void> {
    this.remoteDescription = description;
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable';
  }

  getSenders(): readonly never[] {
    return [];
  }

  close(): void {
    this.signalingState = 'closed';
  }
}
