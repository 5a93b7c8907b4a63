import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { root } from './places.mjs'
import { runStep } from './run.mjs'

/**
 * What must come from the operating system. Judged by the programs themselves, not by dpkg: it does
 * not matter who brought them.
 * @typedef {object} Need
 * @property {string} what in words, for somebody who installs it by hand
 * @property {readonly string[]} packages Debian's
 * @property {() => boolean} here
 */

/** @type {Need} */
const ffmpeg = {
  what: 'ffmpeg and ffprobe, 5.1 or later',
  packages: ['ffmpeg'],
  here: () => onPath('ffmpeg') && onPath('ffprobe'),
}
/** @type {Need} */
const redis = {
  what: 'redis-server, 6.2 or later',
  packages: ['redis-server'],
  here: () => onPath('redis-server'),
}
/** @type {Need} */
const postgres = {
  what: 'PostgreSQL, 15 or later (postgres, initdb, pg_dump)',
  packages: ['postgresql'],
  here: () => onPath('postgres') || filesIn('/usr/lib/postgresql').some((v) => hasServer(v)),
}
/** @type {Need} */
const utilLinux = {
  what: 'setpriv and flock (parts of util-linux)',
  packages: ['util-linux'],
  here: () => onPath('setpriv') && onPath('flock'),
}
/** @type {Need} */
const chromium = {
  what: 'Chromium',
  packages: ['chromium'],
  here: () => ['chromium', 'chromium-browser', 'google-chrome'].some(onPath),
}
/** @type {Need} */
const chineseFonts = {
  what: 'a font with Chinese characters (Noto Sans CJK)',
  packages: ['fonts-noto-cjk'],
  here: () => existsSync('/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'),
}
/** @type {Need} */
const gstreamer = {
  what: 'GStreamer 1.22 or later: gst-launch-1.0, the base, good and bad plug-ins, libav',
  packages: [
    'gstreamer1.0-tools',
    'gstreamer1.0-plugins-base',
    'gstreamer1.0-plugins-good',
    'gstreamer1.0-plugins-bad',
    'gstreamer1.0-libav',
  ],
  here: () =>
    onPath('gst-launch-1.0') &&
    ['libgstapp.so', 'libgstrtsp.so', 'libgstvideoparsersbad.so', 'libgstlibav.so'].every(gstreamerPlugin),
}

/**
 * @param {'gateway' | 'test'} purpose tests run against real neighbours, so they need more of them
 * @returns {import('./steps.mjs').Step}
 */
export function systemPackages(purpose) {
  const needs =
    purpose === 'test'
      ? [ffmpeg, redis, postgres, utilLinux, chromium, chineseFonts, gstreamer]
      : [
          ffmpeg,
          utilLinux,
          ...(setting('REDIS_URL') ? [] : [redis]),
          ...(setting('DATABASE_URL') ? [] : [postgres]),
        ]
  const missing = () => needs.filter((need) => !need.here())
  return {
    name: 'system packages',
    done: () => missing().length === 0,
    run() {
      install(missing())
      const still = missing()
      if (still.length > 0) throw new Error(byHand(still, 'They are still not found.'))
    },
  }
}

/** @param {readonly Need[]} needs */
function install(needs) {
  if (!onPath('apt-get')) throw new Error(byHand(needs, 'This machine has no apt-get.'))
  const installer = [
    process.execPath,
    fileURLToPath(new URL('install-debian-packages.mjs', import.meta.url)),
    ...needs.flatMap((need) => need.packages),
  ]
  const [file = '', ...args] = process.getuid?.() === 0 ? installer : ['sudo', ...sudoOptions(), ...installer]
  if (file === 'sudo' && !onPath('sudo')) throw new Error(byHand(needs, 'It takes root, or sudo.'))
  try {
    runStep(file, args)
  } catch (error) {
    throw new Error(byHand(needs, 'They could not be installed (see above).'), { cause: error })
  }
}

/** Without a terminal nobody can type a password: fail at once instead of waiting for one. */
const sudoOptions = () => (process.stdin.isTTY ? [] : ['--non-interactive'])

/**
 * @param {readonly Need[]} needs
 * @param {string} why
 */
function byHand(needs, why) {
  const lines = needs.map((need) => `  - ${need.what}`)
  const packages = needs.flatMap((need) => need.packages).join(' ')
  return [
    'These programs are missing:',
    ...lines,
    `${why} On Debian or Ubuntu, as root:`,
    `  apt-get update && apt-get install --no-install-recommends ${packages}`,
    'Elsewhere install the same programs your way and put them on the PATH. Then run the command again.',
  ].join('\n')
}

/** @param {string} program */
function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return folder !== ''
    } catch {
      return false
    }
  })
}

/** @param {string} version a folder of /usr/lib/postgresql */
const hasServer = (version) =>
  Number(version) >= 15 && existsSync(join('/usr/lib/postgresql', version, 'bin', 'postgres'))

/** @param {string} library */
const gstreamerPlugin = (library) =>
  filesIn('/usr/lib').some((folder) => existsSync(join('/usr/lib', folder, 'gstreamer-1.0', library)))

/** @param {string} folder @returns {string[]} none if there is no such folder */
const filesIn = (folder) => (existsSync(folder) ? readdirSync(folder) : [])

/**
 * Is this setting made, in the environment or in `.env`? (Its value is read by src/config.ts alone.)
 * @param {string} name
 */
function setting(name) {
  if (process.env[name]) return true
  const file = join(root, '.env')
  return (
    existsSync(file) &&
    new RegExp(`^\\s*(export\\s+)?${name}\\s*=\\s*\\S`, 'm').test(readFileSync(file, 'utf8'))
  )
}
