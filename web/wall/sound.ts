import type { Severity } from '../../src/contract/rules.ts'

/** Tones in Hz, one after another; graver is higher and longer, so that it is told apart unseen. */
const tones: Readonly<Record<Severity, readonly number[]>> = {
  notice: [660],
  warning: [740, 740],
  critical: [880, 1175, 880, 1175],
}
const toneS = 0.14

let context: AudioContext | null = null
let quietUntilMs = 0

/** A browser lets a page sound only after somebody has touched it: call it from a click as well. */
export function sound(severity: Severity): void {
  // A flood of alerts is one sound, not a siren.
  if (Date.now() < quietUntilMs) return
  quietUntilMs = Date.now() + 1500
  context ??= new AudioContext()
  void context.resume()
  const loudness = context.createGain()
  loudness.gain.value = 0.12
  loudness.connect(context.destination)
  let startS = context.currentTime + 0.02
  for (const frequency of tones[severity]) {
    const tone = context.createOscillator()
    tone.frequency.value = frequency
    tone.connect(loudness)
    tone.start(startS)
    tone.stop(startS + toneS)
    startS += toneS * 1.3
  }
}
