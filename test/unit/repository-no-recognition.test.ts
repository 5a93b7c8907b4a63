import { describe, expect, it } from 'vitest'
import { noRecognition } from '../../scripts/check/no-recognition.ts'
import { namesRecognition } from '../../scripts/check/recognition-words.ts'
import { repositoryOf } from '../../scripts/check/repository.ts'

const found = (path: string, text: string) => noRecognition(repositoryOf({ [path]: text }))

describe('a planted recognition of people is found', () => {
  it.each([
    ['a column', 'src/platform/migrations/0009_faces.sql', 'alter table tracks add face_embedding bytea;'],
    ['a table', 'src/platform/migrations/0009_faces.sql', 'create table person_gallery (id text);'],
    ['a row type', 'src/platform/tables.ts', 'export interface Tracks { estimated_age: number }'],
    ['a field of the contract', 'src/contract/alerts.ts', "export const A = { gender: 'x' }"],
    ['a quoted field', 'src/contract/alerts.ts', "export const A = ['ethnicity']"],
    ['a route', 'src/tracks/routes.ts', "app.get('/api/v1/faces/identify-person', () => null)"],
    ['a route with a parameter', 'src/tracks/routes.ts', 'const at = `/api/v1/watch-list/${id}`'],
    ['a socket event', 'src/contract/socket.ts', "interface E { 'face:match': string }\nemit('face:match')"],
    ['a class', 'src/analytics/arc.ts', 'export class FaceRecogniser {}'],
  ])('%s', (_what, path, text) => {
    expect(found(path, text)).toContainEqual(expect.objectContaining({ path }))
  })

  it.each([
    ['role', { name: 'x', role: 'face-embeddings', family: 'y' }],
    ['role that nobody has judged', { name: 'x', role: 'poses', family: 'y' }],
    ['name', { name: 'w600k_r50', role: 'faces', family: 'y' }],
    ['file', { name: 'x', role: 'faces', family: 'y', file: 'age-gender-retail.onnx' }],
    ['family', { name: 'x', role: 'objects', family: 'person-reid' }],
  ])('a model, by its %s', (_what, model) => {
    const findings = found('models/manifest.json', JSON.stringify({ models: [model] }))
    expect(findings.length).toBeGreaterThan(0)
  })

  it('a package', () => {
    const packages = { '': {}, 'node_modules/x/node_modules/@vladmandic/face-api': {} }
    expect(found('package-lock.json', JSON.stringify({ packages }))).toHaveLength(1)
  })
})

it.each([
  ...['face', 'faces', 'person', 'plate-reader', 'faceCount', 'face_boxes', 'blurFaces', 'user_interface'],
  ...['identity', 'accountId', 'personCount', 'message', 'package', 'page', 'usage', 'maxAgeMs', 'storage'],
  ...['vehicle_watch_list', 'plate_watch_list', 'matchPlate', 'racing', 'sexagesimal', 'recognisePlate'],
])('%s is a harmless name', (name) => {
  expect(namesRecognition(name)).toBe(false)
})

it('sentences and comments may say what is not done', () => {
  const sql = 'create table tracks (id text); -- no embedding of a face is kept\n'
  const source = "/** No gallery. */\nconst text = 'faces are detected, there is no watch list of persons'\n"
  expect(found('src/platform/migrations/0001.sql', sql)).toEqual([])
  expect(found('src/main.ts', source)).toEqual([])
})
