import type { NewRule, NewZone, Rule, RulePatch, Zone, ZonePatch } from '../../src/contract/rules.ts'
import { type Answer, ask, get } from '../state/api.ts'

interface List<T> {
  readonly items: readonly T[]
}

const zones = (cameraId: string) => `/cameras/${cameraId}/zones`
const rules = (cameraId: string) => `/cameras/${cameraId}/rules`

export interface CameraRules {
  readonly zones: readonly Zone[]
  readonly rules: readonly Rule[]
}

export async function readRules(cameraId: string): Promise<Answer<CameraRules>> {
  const [foundZones, foundRules] = await Promise.all([
    get<List<Zone>>(zones(cameraId)),
    get<List<Rule>>(rules(cameraId)),
  ])
  if (!foundZones.ok) return foundZones
  if (!foundRules.ok) return foundRules
  return { ok: true, value: { zones: foundZones.value.items, rules: foundRules.value.items } }
}

export function addZone(cameraId: string, zone: NewZone): Promise<Answer<Zone>> {
  return ask<Zone>('POST', zones(cameraId), zone)
}

export function changeZone({ cameraId, id }: Zone, patch: ZonePatch): Promise<Answer<Zone>> {
  return ask<Zone>('PATCH', `${zones(cameraId)}/${id}`, patch)
}

export function removeZone({ cameraId, id }: Zone): Promise<Answer<unknown>> {
  return ask('DELETE', `${zones(cameraId)}/${id}`)
}

export function addRule(cameraId: string, rule: NewRule): Promise<Answer<Rule>> {
  return ask<Rule>('POST', rules(cameraId), rule)
}

export function changeRule({ cameraId, id }: Rule, patch: RulePatch): Promise<Answer<Rule>> {
  return ask<Rule>('PATCH', `${rules(cameraId)}/${id}`, patch)
}

export function removeRule({ cameraId, id }: Rule): Promise<Answer<unknown>> {
  return ask('DELETE', `${rules(cameraId)}/${id}`)
}
