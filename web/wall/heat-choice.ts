import type { HeatMeasure } from '../../src/contract/heatmaps.ts'
import type { HeatClass } from '../live/heat-overlay.tsx'
import { kept } from '../state/preferences.ts'

export const heatWindows = ['10', '60', '1440'] as const
export const heatClasses = ['all', 'person', 'vehicle'] as const satisfies readonly HeatClass[]

export const heatMeasures = ['dwell', 'passages'] as const satisfies readonly HeatMeasure[]

export const heatWindow = kept<(typeof heatWindows)[number]>('heat-window', heatWindows, '60')
export const heatClass = kept<(typeof heatClasses)[number]>('heat-class', heatClasses, 'all')
export const heatMeasure = kept<HeatMeasure>('heat-measure', heatMeasures, 'dwell')
