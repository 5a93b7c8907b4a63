import type { codesZh } from './codes-zh.ts'

export const codesEn: Readonly<Record<keyof typeof codesZh, string>> = {
  // this client
  'gateway-unreachable': 'the gateway cannot be reached',
  'answer-malformed': 'the gateway’s answer cannot be read',
  'page-load-failed': 'the page could not be loaded',
  'request-cancelled': 'cancelled',
}
