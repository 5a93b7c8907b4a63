/** Somebody looks at it now; an alert of it is fresh; neither. */
export type Urgency = 'watched' | 'alerting' | 'usual'

/** How much later than a watched camera's a frame may be inspected, if there is not time for both. */
const headStartMs: Readonly<Record<Urgency, number>> = { watched: 0, alerting: 250, usual: 1_500 }
/** Frames within it are taken in the order in which they came. */
const stepMs = 250
/** Numbers from here on are for what is not live. The queue knows no larger ones. */
export const lastInLine = 2 ** 21 - 1

/**
 * A frame's place in line: the lowest number is served first. It is a deadline, not a rank: however many
 * watched cameras there are, another's frame that has waited a head start longer goes before theirs, and
 * so none starves.
 *
 * @param nowMs since the numbers began, from 0
 * @returns 1 or more; null: the numbers are used up (after some six days) and have to begin anew
 */
export function ringPriority(nowMs: number, urgency: Urgency): number | null {
  const number = 1 + Math.floor((nowMs + headStartMs[urgency]) / stepMs)
  return number < lastInLine ? number : null
}
