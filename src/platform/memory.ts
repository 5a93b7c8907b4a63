import { setFlagsFromString } from 'node:v8'

/**
 * Pictures are memory outside V8's heap. V8 collects garbage whenever 64 MB of it have come, which a hundred
 * cameras bring in two seconds, and each time walks through the whole heap. With this it reckons in
 * proportion to what is kept: a third of the processor time, for a little more memory.
 */
export function reckonPictureMemory(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit')
}
