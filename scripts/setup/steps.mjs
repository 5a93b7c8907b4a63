import { setUpLock } from './lock.mjs'
import { say } from './run.mjs'

/**
 * One thing that must be there before a command can run.
 * @typedef {object} Step
 * @property {string} name as shown to the person who waits
 * @property {() => boolean} done is it there already? Cheap: asked at every start
 * @property {() => void | Promise<void>} run make it so, or throw an Error that says what to do
 */

/**
 * Does what is not done yet, one step after another. Costs next to nothing when all is done; when two
 * set-ups of one clone run at once, the second waits and then finds the work done.
 * @param {readonly Step[]} steps
 */
export async function setUp(steps) {
  if (steps.every((step) => step.done())) return
  const release = await setUpLock()
  try {
    for (const step of steps) {
      if (step.done()) continue
      const startMs = performance.now()
      say(`${step.name} …`)
      await step.run()
      say(`${step.name}: done in ${((performance.now() - startMs) / 1000).toFixed(1)} s`)
    }
  } finally {
    release()
  }
}
