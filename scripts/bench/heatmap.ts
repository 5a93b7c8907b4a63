import { rmSync } from 'node:fs'
import { sql } from 'kysely'
import { Places } from '../../src/access/places.ts'
import { DensityBoard } from '../../src/analytics/density-board.ts'
import { Rollups } from '../../src/analytics/rollups.ts'
import { Statistics, usualKeptDays } from '../../src/analytics/statistics.ts'
import { calendarOf, hourMs } from '../../src/domain/rollup.ts'
import { type Db, openDatabase } from '../../src/platform/database.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { createLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import { temporaryFolder } from '../../test/harness/gateway.ts'
import { httpApp } from '../../test/harness/http.ts'

const usualCameras = 1000
const usualDays = 30
const rounds = 60
const timeZone = 'Asia/Shanghai'
const dayMs = 24 * hourMs

/**
 * Heat and counts of `[cameras]` (1000) over `[days]` (30): hours and the last day's 5 minutes made up in
 * bulk, days summed up from them by the gateway's own code, on a PostgreSQL of its own with its usual
 * settings. Then the routes as the page asks them, from the request to the whole answer: a window of all
 * the days that ends at a random minute, so that days, hours and 5 minutes all take part.
 */
export default async function bench(args: string[]): Promise<Record<string, unknown>> {
  const cameras = args[0] === undefined ? usualCameras : Number(args[0])
  const days = args[1] === undefined ? usualDays : Number(args[1])
  const dataDir = temporaryFolder()
  const database = await openDatabase({ dataDir, log: createLog('silent') })
  try {
    const { db } = database
    const nowUtcMs = Date.now()
    await fill(db, cameras, days, nowUtcMs)
    const summedPerS = await sumUpDays(db, nowUtcMs)
    await tidy(db)
    const figures = await measured(db, cameras, days, nowUtcMs)
    const worst = Math.max(...Object.values(figures).map(({ p95Ms }) => p95Ms))
    const flat = Object.entries(figures).flatMap(([name, { p50Ms, p95Ms }]) => [
      [`${name}P50Ms`, p50Ms],
      [`${name}P95Ms`, p95Ms],
    ])
    const { rows } = await sql<{ mb: number }>`
      select (pg_database_size(current_database()) / 1e6)::integer as mb`.execute(db)
    const named = Object.fromEntries(flat) as Record<string, number>
    return { cameras, days, p95Ms: worst, ...named, summedPerS, databaseMb: rows[0]?.mb }
  } finally {
    await database.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function fill(db: Db, cameras: number, days: number, nowUtcMs: number): Promise<void> {
  await sql`insert into units (id, name, level, path) values ('unit', '区', 'county', 'unit/')`.execute(db)
  await sql`
    insert into cameras (id, unit_id, name, source, address, lon, lat)
    select md5(i::text)::uuid, 'unit', 'camera ' || i, 'rtsp', 'rtsp://192.0.2.1/' || i,
      116 + random(), 36 + random()
    from generate_series(1, ${cameras}::integer) as i`.execute(db)
  await sql`
    insert into zones (id, camera_id, name, kind, points)
    select md5('line' || id)::uuid, id, 'line', 'tripwire', '[{"x":0.5,"y":0.9},{"x":0.5,"y":0.1}]'
    from cameras`.execute(db)
  say(`${cameras} cameras`)
  const hour = Math.floor(nowUtcMs / hourMs) * hourMs
  for (let day = days; day >= 0; day--)
    await fillRows(db, 'hour', hour - (day + 1) * dayMs, hour - day * dayMs)
  say('hours')
  for (let from = hour - dayMs; from < nowUtcMs; from += 3 * hourMs)
    await fillRows(db, '5min', from, Math.min(nowUtcMs, from + 3 * hourMs))
  say('5 minutes')
  await sql`
    insert into camera_online (camera_id, from_at, to_at)
    select id, at, at + interval '7 hours'
    from cameras, generate_series(${new Date(hour - (days + 1) * dayMs)}::timestamptz, ${new Date(hour)}::timestamptz, interval '8 hours') as at`.execute(
    db,
  )
}

async function fillRows(db: Db, span: 'hour' | '5min', fromUtcMs: number, toUtcMs: number): Promise<void> {
  const step = span === 'hour' ? '1 hour' : '5 minutes'
  const times = sql`generate_series(${new Date(fromUtcMs)}::timestamptz,
    ${new Date(toUtcMs)}::timestamptz - interval '1 second', ${step}::interval)`
  const part = sql`'00000000-0000-0000-0000-000000000000'::uuid`
  // Persons (class 0) and cars (class 2) on ways through the picture, another one each time.
  const cells = span === 'hour' ? 12 : 6
  await sql`
    insert into heat_grids (camera_id, span, bucket_start, part, cells, dwell_cs, passages)
    select id, ${span}, at, ${part}, array_agg((c * 4608 + (start + n * 29) % 2304)::smallint order by c, n),
      array_agg((25 + n * 3)::integer order by c, n), array_agg((1 + n % 5)::integer order by c, n)
    from (select id, at, (random() * 2303)::integer as start from cameras, ${times} as at) as ways,
      generate_series(0, 1) as c, generate_series(0, ${cells}::integer - 1) as n
    group by id, at`.execute(db)
  const inspectedS = span === 'hour' ? 3500 : 290
  await sql`
    insert into heat_totals
      (span, bucket_start, camera_id, part, inspected_frames, inspected_ms, dwell_cs, tracks)
    select ${span}, at, id, ${part}, ${inspectedS * 4}::integer, ${inspectedS * 1000}::integer,
      array[(random() * 90000)::bigint, 0, (random() * 50000)::bigint, 500, 900, 0, 100],
      array[(random() * 400)::integer, 0, (random() * 200)::integer, 3, 5, 0, 1]
    from cameras, ${times} as at`.execute(db)
  await sql`
    insert into line_counts (camera_id, span, bucket_start, line_id, class, part, forward, backward)
    select camera_id, ${span}, at, id, class, ${part}, (random() * 90)::integer, (random() * 80)::integer
    from zones, ${times} as at, unnest(array['person', 'car']) as class`.execute(db)
}

/** Days from hours; answers camera-days a second. */
async function sumUpDays(db: Db, nowUtcMs: number): Promise<number> {
  const calendar = calendarOf(timeZone)
  await sql`
    insert into rollups_due (span, bucket_start, camera_id)
    select distinct 'day', date_trunc('day', bucket_start, ${timeZone}), camera_id
    from heat_totals where span = 'hour'`.execute(db)
  const rollups = new Rollups({ db, calendar, kept: usualKeptDays })
  const began = performance.now()
  const done = await rollups.run(nowUtcMs)
  say(`${done} camera-days summed up`)
  return Math.round((done / (performance.now() - began)) * 1000)
}

/** As autovacuum would have done over a month; it takes longer than a query may. */
async function tidy(db: Db): Promise<void> {
  await db.connection().execute(async (connection) => {
    await sql`set statement_timeout = 0`.execute(connection)
    await sql`vacuum analyze`.execute(connection)
  })
}

async function measured(db: Db, cameras: number, days: number, nowUtcMs: number) {
  const app: HttpApp = await httpApp()
  const statistics = new Statistics({ db, log: createLog('silent'), metrics: createMetrics(), timeZone })
  statistics.routes(app, { density: new DensityBoard(), places: new Places(db) })
  const { rows } = await sql<{ id: string }>`select id from cameras order by random() limit 60`.execute(db)
  const window = () => {
    const to = nowUtcMs - Math.floor(Math.random() * 3 * hourMs)
    return `from=${to - days * dayMs}&to=${to}`
  }
  const camera = () => rows[Math.floor(Math.random() * rows.length)]?.id ?? ''
  const questions = {
    area: () => `heatmaps/area?${window()}`,
    areaPassages: () => `heatmaps/area?${window()}&measure=passages&class=person`,
    areaHour: () => {
      const to = nowUtcMs - Math.floor(Math.random() * days * dayMs)
      return `heatmaps/area?from=${to - hourMs}&to=${to}`
    },
    camera: () => `heatmaps/camera/${camera()}?${window()}`,
    counts: () => `counts?unitId=unit&by=day&${window()}`,
    countsCamera: () => `counts?cameraId=${camera()}&by=hour&${window()}`,
    lines: () => `counts/lines?unitId=unit&${window()}`,
  }
  const figures: Record<string, { p50Ms: number; p95Ms: number }> = {}
  for (const [name, question] of Object.entries(questions)) {
    const times: number[] = []
    for (let round = 0; round < rounds + 5; round++) {
      const began = performance.now()
      const answer = await app.inject({ url: `/api/v1/${question()}` })
      if (answer.statusCode !== 200) throw new Error(`${name}: ${answer.statusCode} ${answer.body}`)
      if (round >= 5) times.push(performance.now() - began)
    }
    times.sort((a, b) => a - b)
    const at = (share: number) => Math.round((times[Math.ceil(share * times.length) - 1] ?? 0) * 10) / 10
    figures[name] = { p50Ms: at(0.5), p95Ms: at(0.95) }
    say(`${name}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, ${cameras} cameras`)
  }
  await app.close()
  return figures
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
