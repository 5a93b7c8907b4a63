export interface SdpTrack {
  readonly id: 'video' | 'audio'
  readonly sdp: readonly string[]
}

/** Session description (RFC 4566) of a live stream: aggregate control, one relative control URL a track. */
export function describeStream(name: string, address: string, tracks: readonly SdpTrack[]): string {
  const lines = [
    'v=0',
    `o=- 1 1 IN IP4 ${address}`,
    `s=${name.replace(/[\r\n]/g, ' ')}`,
    'c=IN IP4 0.0.0.0',
    't=0 0',
    'a=control:*',
    'a=range:npt=now-',
    ...tracks.flatMap(({ id, sdp }) => [...sdp, `a=control:${id}`]),
  ]
  return `${lines.join('\r\n')}\r\n`
}
