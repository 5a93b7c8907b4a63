/**
 * What a person at a wall can bear, after EEMUA 191: one alarm in ten minutes is very likely acceptable,
 * two are manageable, up to ten are likely to be over-demanding, more are very likely unacceptable.
 */
export const loadWindowMs = 10 * 60_000
export type LoadGrade = 'acceptable' | 'manageable' | 'demanding' | 'unacceptable'

/** Of alerts in ten minutes for one operator. */
export function loadGrade(perOperator: number): LoadGrade {
  if (perOperator <= 1) return 'acceptable'
  if (perOperator <= 2) return 'manageable'
  return perOperator <= 10 ? 'demanding' : 'unacceptable'
}

/** The causes of a dismissal that say that the rule should not have fired. */
export const falseCauses: readonly string[] = ['false-detection', 'wrong-place', 'light-weather', 'other']
