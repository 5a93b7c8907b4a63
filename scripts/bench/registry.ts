import { rmSync } from 'node:fs'
import { sql } from 'kysely'
import { CredentialSeal } from '../../src/access/credential-seal.ts'
import { Places } from '../../src/access/places.ts'
import { claimDataDir } from '../../src/platform/data-dir.ts'
import { type Db, openDatabase } from '../../src/platform/database.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { createLog } from '../../src/platform/log.ts'
import { nameKey } from '../../src/registry/name-key.ts'
import { NetworkPolicy } from '../../src/registry/network-policy.ts'
import { Registry } from '../../src/registry/registry.ts'
import { temporaryFolder } from '../../test/harness/gateway.ts'
import { httpApp } from '../../test/harness/http.ts'

const cameras = 50_000
const rowsAtOnce = 500
/** In 1 city: 5,911 units. */
const [counties, townships, villages] = [10, 10, 58]
const rounds = 20

const roads = ['人民', '解放', '重庆', '中山', '建设', '和平', '长江', '新华', '文化', '光明', '朝阳', '银行']
const corners = ['东北角', '西南角', '路口', '桥头', '小学门口', '菜市场', '停车场', '地铁站']
const kinds = ['枪机', '球机', '全景', '卡口']

/** What people type, letter by letter: names, pinyin, initials, codes, addresses; found often, seldom, never. */
const typed = [
  ...['人', '人民', '人民路', '重庆路口', '地铁站枪机', '不存在的'],
  ...['r', 're', 'renm', 'renminlu', 'chongqinglu', 'zzzzz'],
  ...['rml', 'cqlk', 'jf', 'xhcxxmk', 'qqqq'],
  ...['3301', '33010600001320', '33010100001320000007', '99999999'],
  ...['10.0.', '10.0.200.17', '49999', '路口球机12'],
]

/**
 * 50,000 cameras and 6,000 units on a private PostgreSQL as it is shipped, asked over HTTP: search over
 * both as one types, a page of the list, and the tree's first level and a branch. `[without-trigrams]`: as on
 * a server that has no `pg_trgm`.
 */
export default async function bench(args: string[]): Promise<Record<string, unknown>> {
  const dataDir = temporaryFolder()
  const log = createLog('warn')
  const claim = claimDataDir(dataDir)
  const database = await openDatabase({ dataDir, log })
  const { db } = database
  try {
    const units = await load(db)
    if (args.includes('without-trigrams'))
      await sql`drop index if exists cameras_search, units_search`.execute(db)
    say(`${units} units, ${cameras} cameras`)
    const startMs = performance.now()
    const policy = new NetworkPolicy(['10.0.0.0/8'])
    const seal = new CredentialSeal(Buffer.alloc(32, 9))
    const registry = await Registry.open({ db, log, seal, policy, places: new Places(db) })
    const openMs = performance.now() - startMs
    const app = await httpApp({ rate: { requests: 1e9, windowMs: 1000 } })
    registry.routes(app)
    const times = await measured(app)
    await app.close()
    await registry.stop()
    return { cameras, units, openMs: Math.round(openMs), ...times }
  } finally {
    await database.stop()
    claim.release()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function measured(app: HttpApp) {
  const cameraSearch = await p95(
    typed.map((q) => `cameras?limit=50&q=${encodeURIComponent(q)}`),
    app,
  )
  const unitSearch = await p95(
    typed.map((q) => `units?limit=50&q=${encodeURIComponent(q)}`),
    app,
  )
  const list = await p95(['cameras?limit=100', 'cameras?limit=100&unitId=county-3&subtree=true'], app)
  const tree = await p95(['units?parentId=root', 'units?parentId=city'], app)
  const branch = await p95(
    ['units?limit=500&parentId=county-3', 'cameras?limit=200&unitId=village-3-3-3'],
    app,
  )
  return {
    searchP50Ms: cameraSearch.p50Ms,
    searchP95Ms: cameraSearch.p95Ms,
    searchSlowest: cameraSearch.slowest,
    unitSearchP95Ms: unitSearch.p95Ms,
    listP95Ms: list.p95Ms,
    treeP95Ms: tree.p95Ms,
    firstChildrenP95Ms: branch.p95Ms,
  }
}

async function p95(paths: readonly string[], app: HttpApp) {
  const times: { path: string; ms: number }[] = []
  for (let round = 0; round < rounds; round++) {
    for (const path of paths) {
      const beginMs = performance.now()
      const answer = await app.inject({ method: 'GET', url: `/api/v1/${path}` })
      if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode} ${answer.body}`)
      times.push({ path, ms: performance.now() - beginMs })
    }
  }
  times.sort((a, b) => a.ms - b.ms)
  const at = (share: number) => Math.round((times[Math.floor(times.length * share)]?.ms ?? 0) * 10) / 10
  const slowest = decodeURIComponent(times.at(-1)?.path ?? '')
  say(`${paths.length} questions: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, slowest ${slowest}`)
  return { p50Ms: at(0.5), p95Ms: at(0.95), slowest }
}

async function load(db: Db): Promise<number> {
  const units = unitRows()
  await insertUnits(db, units)
  const homes = units.filter(({ level }) => level === 'village')
  for (let at = 0; at < cameras; at += rowsAtOnce) {
    const rows = Array.from({ length: rowsAtOnce }, (_, i) => {
      const n = at + i
      const name = `${roads[n % 12] ?? ''}路${corners[(n >> 3) % 8] ?? ''}${kinds[(n >> 5) % 4] ?? ''}${n}号`
      const url = `rtsp://10.${n >> 16}.${(n >> 8) & 255}.${n & 255}:554/main`
      const code = `3301${String(n % counties).padStart(2, '0')}0000132${String(n).padStart(7, '0')}`
      return {
        id: `camera-${n}`,
        unit_id: homes[n % homes.length]?.id ?? '',
        name,
        name_key: nameKey(name),
        url,
        code,
      }
    })
    await db
      .insertInto('cameras')
      .values(
        rows.map(({ url, code, ...row }) => ({
          ...row,
          ...{ source: 'rtsp' as const, address: url, main_url: url, national_code: code },
          streams: JSON.stringify([
            {
              stream: 'main',
              profileToken: null,
              codec: 'h265',
              widthPx: 1920,
              heightPx: 1080,
              framesPerS: 25,
            },
          ]),
          device: JSON.stringify({}),
        })),
      )
      .execute()
  }
  await sql`analyze`.execute(db)
  return units.length
}

function unitRows() {
  const rows: ReturnType<typeof unitRow>[] = [unitRow('city', null, '某市', 'city', 'city/', '330100')]
  for (let c = 0; c < counties; c++) {
    const county = `county-${c}`
    const countyPath = `city/${county}/`
    const code = `3301${String(c + 10)}`
    rows.push(unitRow(county, 'city', `${roads[c] ?? ''}区`, 'county', countyPath, code))
    for (let t = 0; t < townships; t++) {
      const township = `township-${c}-${t}`
      const path = `${countyPath}${township}/`
      const townCode = `${code}${String(t + 1).padStart(3, '0')}`
      rows.push(unitRow(township, county, `${roads[(c + t) % 12] ?? ''}街道${t}`, 'township', path, townCode))
      for (let v = 0; v < villages; v++) {
        const id = `village-${c}-${t}-${v}`
        const villageCode = `${townCode}${String(v + 1).padStart(3, '0')}`
        rows.push(
          unitRow(id, township, `${corners[v % 8] ?? ''}社区${v}`, 'village', `${path}${id}/`, villageCode),
        )
      }
    }
  }
  return rows
}

function unitRow(
  id: string,
  parent_id: string | null,
  name: string,
  level: 'city' | 'county' | 'township' | 'village',
  path: string,
  division_code: string,
) {
  return { id, parent_id, name, level, path, division_code, name_key: nameKey(name) }
}

async function insertUnits(db: Db, units: ReturnType<typeof unitRows>): Promise<void> {
  for (let at = 0; at < units.length; at += rowsAtOnce)
    await db
      .insertInto('units')
      .values(units.slice(at, at + rowsAtOnce))
      .execute()
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
