import type { HeatUnit } from '../../src/contract/heatmaps.ts'
import { words } from '../language/language.ts'

/** A cell's value in words: `停留 3:20`, `有目标 0.2%` (of the time), `每小时 41 个`. */
export function heatValue(value: number, unit: HeatUnit): string {
  const text =
    unit === 'object-seconds'
      ? duration(value)
      : unit === 'objects'
        ? `${figure(value * 100)}%`
        : figure(value)
  return words.value.statistics.units[unit](text)
}

/** Three figures at most: more would say more than was counted. */
export function figure(value: number): string {
  if (value === 0 || value >= 100) return String(Math.round(value))
  return String(Number(value.toPrecision(value < 1 ? 2 : 3)))
}

/** `0:07`, `12:30`, `3:20:00`. */
function duration(seconds: number): string {
  const whole = Math.round(seconds)
  const two = (part: number) => String(part).padStart(2, '0')
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}
