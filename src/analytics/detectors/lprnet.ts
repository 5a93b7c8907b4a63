import { type DecodedPlate, decodePlate } from '../../domain/plate-decoding.ts'
import { type Outputs, output } from './family.ts'

/** LPRNet (sirius-ai/LPRNet_Pytorch): for each of 18 steps along the plate a score for each symbol. */
const steps = 18
export const lprnetInput = 'input.1'

/** @param symbols of the model, the blank last. Null: what it read is no plate. */
export function decodeLprnet(outputs: Outputs, symbols: readonly string[]): DecodedPlate | null {
  const scores = output(outputs, '126', symbols.length * steps)
  return decodePlate(
    Array.from({ length: steps }, (_, step) =>
      softmax(symbols.map((_, symbol) => scores[symbol * steps + step]!)),
    ),
    symbols,
  )
}

function softmax(scores: readonly number[]): Float32Array {
  const greatest = Math.max(...scores)
  const weights = scores.map((score) => Math.exp(score - greatest))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return Float32Array.from(weights, (weight) => weight / sum)
}
