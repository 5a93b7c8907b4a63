import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadConfig, settings } from '../../src/config.ts'
import { GatewayError } from '../../src/domain/errors.ts'

const empty = mkdtempSync(join(tmpdir(), 'xueliang-config-'))

function refusal(env: NodeJS.ProcessEnv): GatewayError {
  try {
    loadConfig(env, empty)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

it('runs on defaults alone', () => {
  const config = loadConfig({}, empty)
  expect(config).toMatchObject({
    port: 8080,
    host: '127.0.0.1',
    demo: 'auto',
    trackRetentionDays: 30,
    detector: 'auto',
    logLevel: 'info',
  })
  expect(config.dataDir).toBe(join(empty, 'data'))
  expect(config.cameraNetworks).toContain('192.168.0.0/16')
  expect(config.cameraNetworks).not.toContain('127.0.0.0/8')
  expect(config).not.toHaveProperty('databaseUrl')
  expect(Object.isFrozen(config)).toBe(true)
})

it.each([
  ['PORT', '65536'],
  ['PORT', '80a'],
  ['PORT', '-1'],
  ['PORT', '80.5'],
  ['HOST', 'a b'],
  ['DATABASE_URL', 'mysql://x'],
  ['REDIS_URL', 'localhost:6379'],
  ['DEMO', 'yes'],
  ['ADMIN_PASSWORD', 'short'],
  ['SECRET_KEY', 'ab'.repeat(31)],
  ['CAMERA_NETWORKS', '10.0.0.0/8,10.0.0.0/33'],
  ['CAMERA_NETWORKS', '10.0.0.0'],
  ['CAMERA_NETWORKS', 'cameras/8'],
  ['ANALYSIS_WORKERS', 'many'],
  ['DETECTOR', '../model'],
  ['LOG_LEVEL', 'loud'],
])('refuses %s=%s in one line that names it and keeps the value to itself', (name, value) => {
  const error = refusal({ [name]: value })
  expect(error.code).toBe('setting-malformed')
  expect(error.details).toEqual({ setting: name })
  expect(error.message).toMatch(new RegExp(`^${name} must be [^\\n]+$`))
  if (name.includes('PASSWORD') || name.includes('KEY')) expect(error.message).not.toContain(value)
})

it('reads .env, and the environment wins over it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'xueliang-config-'))
  writeFileSync(join(directory, '.env'), 'PORT=9001\nLOG_LEVEL="warn"\nDEMO=\n# a comment\n')
  const config = loadConfig({ PORT: '9002' }, directory)
  expect(config).toMatchObject({ port: 9002, logLevel: 'warn', demo: 'auto' })
})

it('takes the secret key in either writing', () => {
  const key = Buffer.alloc(32, 0xa5)
  expect(loadConfig({ SECRET_KEY: key.toString('hex') }, empty).secretKey).toEqual(key)
  expect(loadConfig({ SECRET_KEY: key.toString('base64') }, empty).secretKey).toEqual(key)
})

it('lists every setting in .env.example', async () => {
  const lines = Object.entries(settings).map(([name, schema]) => {
    const { description = '', default: written = '' } = schema as { description?: string; default?: string }
    return `# ${description}\n#${name}=${written}\n`
  })
  const head = '# Copy to .env and change what should differ; what is commented out is the default.\n'
  await expect([head, ...lines].join('\n')).toMatchFileSnapshot('../../.env.example')
})
