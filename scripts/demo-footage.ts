import { loadConfig } from '../src/config.ts'
import { prepareClips } from './demo-footage/clips.ts'

/** Set-up step: makes the demo cameras' clips from FOOTAGE_DIR. Quick when they are there. */
try {
  await prepareClips(loadConfig(process.env).footageDir, (line) => {
    process.stderr.write(`[demo footage] ${line}\n`)
  })
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
