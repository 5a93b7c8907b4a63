import { join } from 'node:path'
import { Detector, type DetectorOptions } from '../../src/analytics/detectors/detector.ts'
import { type ModelRole, readManifest } from '../../src/analytics/manifest.ts'
import { type FoundModel, findModel, weightFolders } from '../../src/analytics/weights.ts'
import { loadConfig } from '../../src/config.ts'

/** The model that the gateway would take; `DETECTOR` chooses as it does there. */
export async function chooseModel(role: ModelRole): Promise<FoundModel> {
  const config = loadConfig(process.env, join(import.meta.dirname, '../..'))
  const found = await findModel(readManifest(), role, weightFolders(config.modelsDir), config.detector)
  if (found === null) throw new Error(`no weights for the role ${role}: npm start tells how to get them`)
  return found
}

export async function loadModel(role: ModelRole, options: DetectorOptions): Promise<Detector> {
  return await Detector.load(await chooseModel(role), options)
}
