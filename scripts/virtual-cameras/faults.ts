/**
 * Troubles of real cameras, on command:
 * refuse – ports closed; hang – connections stay open, nothing comes; drop – connections are cut once, then
 * all is well again; wrong-password – 401 whatever is sent; audio-only – no video track; garbage – random bytes;
 * clock – ten minutes ahead in ONVIF and in RTCP; stall – two seconds of silence in every eight;
 * loss – packets missing.
 */
export const cameraFaults = [
  'refuse',
  'hang',
  'drop',
  'wrong-password',
  'audio-only',
  'garbage',
  'clock',
  'stall',
  'loss',
] as const
export type CameraFault = (typeof cameraFaults)[number]

/** `drop` is an event, the others last until healed. */
export type LastingFault = Exclude<CameraFault, 'drop'>

export const CLOCK_FAULT_MS = 10 * 60_000
export const LOSS_SHARE = 0.05
export const STALL_MS = 2000
export const STALL_EVERY_MS = 8000
