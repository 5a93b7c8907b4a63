import { byteOrderMark, csvLine } from '../domain/csv.ts'
import type { UtcMs } from '../domain/time.ts'
import type { CountedStep } from './counts-read.ts'

export type CsvLanguage = 'zh' | 'en'

interface CsvWords {
  readonly headings: (timeZone: string) => readonly string[]
  readonly removed: string
  readonly classes: Readonly<Record<string, string>>
}

const words: Readonly<Record<CsvLanguage, CsvWords>> = {
  zh: {
    headings: (timeZone) => [
      `开始时间（${timeZone}）`,
      '单位',
      '摄像机',
      '绊线',
      '目标',
      '正向',
      '反向',
      '合计',
    ],
    removed: '已删除',
    classes: {
      ...{ person: '人', car: '轿车', bus: '客车', truck: '货车' },
      ...{ motorcycle: '摩托车', bicycle: '自行车' },
    },
  },
  en: {
    headings: (timeZone) => [
      ...[`Start (${timeZone})`, 'Unit', 'Camera', 'Tripwire', 'Object'],
      ...['Forward', 'Backward', 'Total'],
    ],
    removed: 'removed',
    classes: {},
  },
}

/** RFC 4180, a line a step. */
export function countsCsv(steps: readonly CountedStep[], language: CsvLanguage, timeZone: string): string {
  const { headings, removed, classes } = words[language]
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  const timeOf = (utcMs: UtcMs) => clock.format(utcMs)
  const rows = steps.map((step) => [
    timeOf(step.atUtcMs),
    step.unitName ?? removed,
    step.cameraName ?? removed,
    step.lineName ?? `${removed} ${step.lineId}`,
    classes[step.class] ?? step.class,
    String(step.forward),
    String(step.backward),
    String(step.forward + step.backward),
  ])
  return `${byteOrderMark}${[headings(timeZone), ...rows].map(csvLine).join('')}`
}
