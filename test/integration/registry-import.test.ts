import { zipSync } from 'fflate'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { CameraImport, ImportReport } from '../../src/contract/camera-imports.ts'
import { categoryTitles, columnTitles } from '../../src/domain/camera-columns.ts'
import { csvLine } from '../../src/domain/csv.ts'
import type { AccountId, CameraId } from '../../src/domain/ids.ts'
import { roleRight } from '../../src/domain/policy.ts'
import { writeSheet } from '../../src/registry/import/sheet.ts'
import { httpApp } from '../harness/http.ts'
import { registries } from '../harness/registry.ts'

const { fresh, db } = registries()
const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

type Line = Partial<Record<keyof typeof columnTitles.zh, string>>

function sheetOf(lines: readonly Line[]): string[][] {
  const columns = Object.keys(columnTitles.zh) as (keyof Line)[]
  return [
    columns.map((column) => columnTitles.zh[column]),
    ...lines.map((line) => columns.map((column) => line[column] ?? '')),
  ]
}

const csvOf = (lines: readonly Line[]) => Buffer.from(sheetOf(lines).map(csvLine).join(''))
const line = (serial: number, more: Line = {}): Line => ({
  name: `人民路${serial}号`,
  unit: '东区',
  address: `rtsp://10.${serial >> 16}.${(serial >> 8) & 255}.${serial & 255}/main`,
  ...more,
})

async function started() {
  const registry = await fresh()
  await db().deleteFrom('camera_imports').execute()
  const app = await httpApp()
  registry.routes(app)
  onTestFinished(() => app.close())
  const city = await registry.units.create({
    parentId: null,
    name: '某市',
    level: 'city',
    divisionCode: '330100',
  })
  const county = { parentId: city.id, level: 'county' } as const
  const east = await registry.units.create({ ...county, name: '东区', divisionCode: '330106' })
  const west = await registry.units.create({ ...county, name: '西区', divisionCode: '330108' })
  for (const { id } of [east, west])
    await registry.units.create({ parentId: id, name: '城关', level: 'township' })
  const send = async (
    file: Buffer | string,
    { dryRun = false, type = 'text/csv', role = 'administrator' } = {},
  ) => {
    const answer = await app.inject({
      method: 'POST',
      url: `/api/v1/cameras/import?fileName=list.csv${dryRun ? '&dryRun=1' : ''}`,
      headers: { 'content-type': type, 'x-role': role },
      payload: file,
    })
    return { status: answer.statusCode, body: answer.json<ImportReport & { code?: string }>() }
  }
  const ask = async (method: 'GET' | 'POST' | 'PATCH', path: string, payload?: object) => {
    const answer = await app.inject({ method, url: `/api/v1${path}`, ...(payload && { payload }) })
    return { status: answer.statusCode, headers: answer.headers, raw: answer.rawPayload, body: answer.body }
  }
  const count = async () =>
    Number(
      (
        await db()
          .selectFrom('cameras')
          .select((of) => of.fn.countAll().as('n'))
          .executeTakeFirstOrThrow()
      ).n,
    )
  return { registry, app, send, ask, count, city, east, west }
}

/** Each spoils a line in its own way, and is named so at its column. */
const spoilers: readonly [string, string, Line][] = [
  ['name', 'name-missing', { name: '' }],
  ['name', 'text-too-long', { name: '长'.repeat(101) }],
  ['unit', 'unit-missing', { unit: '' }],
  ['unit', 'unit-unknown', { unit: '没有的区' }],
  ['unit', 'unit-ambiguous', { unit: '城关' }],
  ['address', 'url-malformed', { address: '10.1.2.3' }],
  ['address', 'rtsp-address-needed', { address: 'http://10.1.2.3/onvif/device_service' }],
  ['address', 'url-with-credentials', { address: 'rtsp://admin:Geheim@10.1.2.3/main' }],
  ['address', 'address-refused', { address: 'rtsp://169.254.169.254/latest' }],
  ['nationalCode', 'national-code-malformed', { nationalCode: '33010600001320000' }],
  ['category', 'category-unknown', { category: '飞艇' }],
  ['longitude', 'number-out-of-range', { longitude: '190', latitude: '30' }],
  ['latitude', 'location-incomplete', { longitude: '120' }],
  ['heightM', 'number-malformed', { heightM: '六米' }],
  ['username', 'username-missing', { password: 'Geheim-8-zeichen' }],
  ['analysis', 'yes-or-no-needed', { analysis: '也许' }],
]

describe('10,000 rows, 137 of them bad in 12 ways and more', () => {
  const badEvery = 72
  const bad = 137
  const lines = Array.from({ length: 10_000 }, (_, at) => {
    const spoiler =
      at % badEvery === 5 && at / badEvery < bad
        ? spoilers[Math.floor(at / badEvery) % spoilers.length]
        : undefined
    return line(at + 1, spoiler?.[2])
  })
  const expected = lines.flatMap((_, at) => {
    if (at % badEvery !== 5 || at / badEvery >= bad) return []
    const [column, code] = spoilers[Math.floor(at / badEvery) % spoilers.length] ?? []
    return [{ row: at + 2, column, code }]
  })

  it('names every one of them, dry and in earnest, goes on after a break, and can be undone', async () => {
    expect(expected).toHaveLength(bad)
    const { send, ask, count, registry, east } = await started()
    const file = csvOf(lines)
    const dry = await send(file, { dryRun: true })
    expect(dry).toMatchObject({
      status: 200,
      body: { importId: null, rows: 10_000, added: 9863, refused: bad, existing: 0 },
    })
    expect(dry.body.errors.map(({ row, column, code }) => ({ row, column, code }))).toEqual(expected)
    expect(JSON.stringify(dry.body)).not.toContain('Geheim')
    expect(await count()).toBe(0)

    const changes: string[] = []
    registry.cameras.onChange(({ kind }) => changes.push(kind))
    const done = await send(file)
    expect(done.body).toMatchObject({ added: 9863, refused: bad, existing: 0, cancelled: false })
    expect(done.body.errors).toEqual(dry.body.errors)
    expect(await count()).toBe(9863)
    expect(changes).toHaveLength(9863)
    expect((await registry.units.get(east.id as never)).cameraCount).toBe(9863)

    const again = await send(file)
    expect(again.body).toMatchObject({ added: 0, existing: 9863, refused: bad })
    expect(again.body.existingRows.slice(0, 5)).toEqual([2, 3, 4, 5, 6])
    const listed = JSON.parse((await ask('GET', '/camera-imports')).body) as { items: CameraImport[] }
    expect(listed.items.map(({ state, added }) => [state, added])).toEqual([
      ['done', 0],
      ['done', 9863],
    ])
    const undone = await ask('POST', `/camera-imports/${done.body.importId}/undo`)
    expect(JSON.parse(undone.body)).toEqual({ removed: 9863, kept: 0 })
    expect(await count()).toBe(0)
    expect((await registry.units.get(east.id as never)).cameraCount).toBe(0)
  }, 120_000)
})

it('stops when whoever sent the file goes away; the same file again brings the rest', async () => {
  const { app, registry, send, ask, count } = await started()
  const file = csvOf(Array.from({ length: 15_000 }, (_, at) => line(at + 1)))
  const leaving = new AbortController()
  const stop = registry.cameras.onChange(() => {
    leaving.abort()
  })
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const sent = fetch(`${address}/api/v1/cameras/import`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: file,
    signal: leaving.signal,
  })
  await expect(sent).rejects.toThrow()
  stop()
  const newest = async () =>
    (JSON.parse((await ask('GET', '/camera-imports')).body) as { items: CameraImport[] }).items[0]
  await expect.poll(newest, { timeout: 30_000 }).toMatchObject({ state: 'cancelled', rows: 15_000 })
  const added = await count()
  expect(added).toBeGreaterThan(0)
  expect(added).toBeLessThan(15_000)
  expect((await send(file)).body).toMatchObject({ existing: added, added: 15_000 - added })
}, 120_000)

it('reads what spreadsheets write: XLSX, GB 18030, semicolons, comments, numbers as text', async () => {
  const { send, count } = await started()
  const code = '33010600001320000001'
  const whole = line(1, {
    nationalCode: code,
    category: '立杆',
    longitude: '120.15',
    latitude: '30.27',
    heightM: '6',
    contactName: '张三',
    contactPhone: '0571-1',
    analysis: '是',
  })
  const book = await writeSheet(sheetOf([{ name: '# 示例', unit: 'x' }, {}, whole]))
  expect((await send(book, { type: xlsx })).body).toMatchObject({ rows: 1, added: 1, errors: [] })
  const row = await db().selectFrom('cameras').selectAll().executeTakeFirstOrThrow()
  expect(row).toMatchObject({
    national_code: code,
    category: 'pole',
    lon: 120.15,
    height_m: 6,
    contact_name: '张三',
    analysis_enabled: true,
  })
  // "名称;所属单位;主码流地址" and a name, as Excel on a Chinese Windows saves them.
  const gbk = Buffer.from(
    'c3fbb3c63bcbf9caf4b5a5cebb3bd6f7c2ebc1f7b5d8d6b70d0ac3c53b3333303130363b727473703a2f2f31302e312e312e312f780d0a',
    'hex',
  )
  expect((await send(gbk)).body).toMatchObject({ rows: 1, added: 1, errors: [] })
  expect(await count()).toBe(2)
  const repeated = await send(
    csvOf([line(5, { nationalCode: code }), line(6), line(6), line(7, { unit: '东区/城关' })]),
  )
  expect(repeated.body).toMatchObject({
    added: 2,
    errors: [
      { row: 2, code: 'national-code-taken' },
      { row: 4, code: 'row-repeated' },
    ],
  })
})

it('refuses what is no list of cameras, what unpacks without end, and who may not', async () => {
  const { send, count } = await started()
  expect(await send('a,b\r\n1,2\r\n')).toMatchObject({ status: 400, body: { code: 'heading-unreadable' } })
  expect(await send('no workbook', { type: xlsx })).toMatchObject({
    status: 400,
    body: { code: 'file-unreadable' },
  })
  const bomb = Buffer.from(zipSync({ 'xl/worksheets/sheet1.xml': new Uint8Array(100 * 1024 * 1024) }))
  expect(bomb.length).toBeLessThan(200_000)
  expect(await send(bomb, { type: xlsx })).toMatchObject({ status: 400, body: { code: 'file-unreadable' } })
  expect((await send(Buffer.alloc(9 * 1024 * 1024, 'a'))).status).toBe(413)
  const many = Buffer.from(`名称,所属单位,主码流地址\r\n${'a,b,c\r\n'.repeat(20_001)}`)
  expect(await send(many)).toMatchObject({ status: 400, body: { code: 'file-too-many-rows' } })
  expect((await send(csvOf([line(1)]), { role: 'viewer' })).status).toBe(403)
  expect(await count()).toBe(0)
})

it('exports what it can import again, without passwords', async () => {
  const { send, ask, count, registry, city } = await started()
  const first = line(1, {
    name: '=HYPERLINK("x")',
    username: 'admin',
    password: 'Geheim-8-zeichen',
    subAddress: 'rtsp://10.0.0.1/sub',
    category: categoryTitles.zh.lift,
  })
  await send(csvOf([first, line(2, { unit: '西区/城关' })]))
  for (const format of ['csv', 'xlsx'] as const) {
    const file = await ask('GET', `/cameras/export?format=${format}&unitId=${city.id}&subtree=true`)
    expect(file.status).toBe(200)
    expect(file.headers['content-disposition']).toContain(`cameras.${format}`)
    if (format === 'csv') expect(file.raw.toString()).not.toContain('Geheim')
    expect((await send(file.raw, { type: format === 'csv' ? 'text/csv' : xlsx })).body).toMatchObject({
      rows: 2,
      existing: 2,
      errors: [],
    })
    await registry.cameras.remove((await registry.cameras.list({ limit: 1 })).items[0]?.id as never)
    expect((await send(file.raw, { type: format === 'csv' ? 'text/csv' : xlsx })).body).toMatchObject({
      added: 1,
      existing: 1,
      errors: [],
    })
    expect(await count()).toBe(2)
  }
  const names = (await registry.cameras.list({})).items.map(({ name }) => name)
  expect(names).toContain('=HYPERLINK("x")')
  for (const format of ['csv', 'xlsx']) {
    const template = await ask('GET', `/cameras/import/template?format=${format}`)
    expect(
      (await send(template.raw, { type: format === 'csv' ? 'text/csv' : xlsx, dryRun: true })).body,
    ).toMatchObject({ rows: 0, errors: [] })
  }
})

it('changes many cameras in one request, all or none', async () => {
  const { send, ask, registry, west } = await started()
  await send(csvOf([line(1), line(2), line(3)]))
  const ids = (await registry.cameras.list({})).items.map(({ id }) => id)
  const change = { unitId: west.id, category: 'wall', analysis: { enabled: true, framesPerS: 2 } }
  expect(JSON.parse((await ask('PATCH', '/cameras', { ids, change })).body)).toEqual({ changed: 3 })
  for (const camera of (await registry.cameras.list({})).items)
    expect(camera).toMatchObject({
      unitId: west.id,
      category: 'wall',
      analysis: { enabled: true, framesPerS: 2, motionGate: true },
    })
  expect((await registry.units.get(west.id as never)).cameraCount).toBe(3)
  const failed = await ask('PATCH', '/cameras', { ids: [...ids, 'nobody'], change: { category: 'pole' } })
  expect(failed.status).toBe(404)
  expect((await registry.cameras.list({})).items.map(({ category }) => category)).toEqual([
    'wall',
    'wall',
    'wall',
  ])
})

it('keeps who registers one district to that district', async () => {
  const { registry, send, east, west } = await started()
  await send(csvOf([line(1), line(2, { unit: '西区' })]))
  const app = await httpApp({
    authorise: (request) => {
      request.principal = {
        accountId: 'account-east' as AccountId,
        username: 'east',
        role: 'administrator',
        mustChangePassword: false,
        rights: [roleRight('administrator', east.path)],
      }
      return Promise.resolve()
    },
  })
  registry.routes(app)
  onTestFinished(() => app.close())
  const ask = async (method: 'GET' | 'POST' | 'PATCH', path: string, payload?: object | Buffer) => {
    const headers = Buffer.isBuffer(payload) ? { 'content-type': 'text/csv' } : {}
    const answer = await app.inject({ method, url: `/api/v1${path}`, headers, ...(payload && { payload }) })
    return { status: answer.statusCode, text: answer.body }
  }
  const file = csvOf([line(3), line(4, { unit: '西区' }), line(5, { unit: '330108' })])
  const report = JSON.parse((await ask('POST', '/cameras/import', file)).text) as ImportReport
  expect(report).toMatchObject({
    added: 1,
    errors: [
      { row: 3, code: 'unit-unknown' },
      { row: 4, code: 'unit-unknown' },
    ],
  })
  const exported = (await ask('GET', '/cameras/export')).text
  expect(exported).toContain('人民路1号')
  expect(exported).not.toContain('人民路2号')
  const imports = JSON.parse((await ask('GET', '/camera-imports')).text) as { items: CameraImport[] }
  expect(imports.items.map(({ id }) => id)).toEqual([report.importId])
  const ids = (await registry.cameras.list({ unitId: west.id })).items.map(({ id }) => id)
  expect((await ask('PATCH', '/cameras', { ids, change: { category: 'pole' } })).status).toBe(404)
  const away = await ask('PATCH', '/cameras', { ids, change: { unitId: west.id } })
  expect(away.status).toBe(404)
  // What has moved out of reach stays when the import is undone.
  const [mine] = (await registry.cameras.list({ q: '人民路3号' })).items
  await registry.cameras.change(mine?.id as CameraId, { unitId: west.id })
  const undone = await ask('POST', `/camera-imports/${report.importId ?? ''}/undo`)
  expect(JSON.parse(undone.text)).toEqual({ removed: 0, kept: 1 })
})

it('finds by name, pinyin, initials and code, and gives the next national code', async () => {
  const { send, ask, registry, east } = await started()
  const next = async () =>
    JSON.parse((await ask('GET', `/units/${east.id}/next-national-code`)).body).nationalCode
  expect(await next()).toBe('33010600001320000001')
  await send(
    csvOf([line(1, { name: '重庆路口枪机', nationalCode: await next() }), line(2, { name: 'Gate' })]),
  )
  expect(await next()).toBe('33010600001320000002')
  const found = async (q: string) => (await registry.cameras.list({ q })).items.map(({ name }) => name)
  for (const q of ['重庆', 'chongqinglu', 'CQLK', '0600001320000001', '10.0.0.1/'])
    expect(await found(q), q).toEqual(['重庆路口枪机'])
  expect(await found('%')).toEqual([])
  for (const q of ['东', 'dongqu', 'dq', '330106'])
    expect(
      (await registry.units.list({ q })).items.map(({ name }) => name),
      q,
    ).toEqual(['东区'])
})
