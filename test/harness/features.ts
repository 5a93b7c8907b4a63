import { auditRoutes } from '../../src/access/audit/routes.ts'
import { alertRoutes } from '../../src/alerts/alert-routes.ts'
import { targetRoutes } from '../../src/alerts/delivery/target-routes.ts'
import { referenceRoutes } from '../../src/alerts/reference-routes.ts'
import { ruleRoutes } from '../../src/alerts/rule-routes.ts'
import { zoneRoutes } from '../../src/alerts/zone-routes.ts'
import { countRoutes } from '../../src/analytics/counts-routes.ts'
import { coverageRoutes } from '../../src/analytics/coverage-routes.ts'
import { heatRoutes } from '../../src/analytics/heat-routes.ts'
import { liveRoutes } from '../../src/media/hls/routes.ts'
import { playbackRoutes } from '../../src/media/playback/routes.ts'
import { recordingRoutes } from '../../src/media/recorder/routes.ts'
import { rtspKeyRoutes } from '../../src/media/republish/rtsp-key-routes.ts'
import { importRoutes } from '../../src/registry/import/routes.ts'
import { registryRoutes } from '../../src/registry/routes.ts'
import { reviewRoutes } from '../../src/reviews/review-routes.ts'
import { trialRoutes } from '../../src/reviews/trial-routes.ts'
import { trackRoutes } from '../../src/tracks/track-routes.ts'
import { systemRoutes } from '../../src/wall/system-routes.ts'
import { wallRoutes } from '../../src/wall/wall-routes.ts'

/** The routes of every feature; sign-in, accounts and rights come with `startAccess`. */
export const features = {
  alertRoutes,
  auditRoutes,
  countRoutes,
  coverageRoutes,
  heatRoutes,
  importRoutes,
  liveRoutes,
  playbackRoutes,
  recordingRoutes,
  referenceRoutes,
  registryRoutes,
  reviewRoutes,
  rtspKeyRoutes,
  ruleRoutes,
  systemRoutes,
  targetRoutes,
  trackRoutes,
  trialRoutes,
  wallRoutes,
  zoneRoutes,
}
export const featuresOfAccess = ['accountRoutes', 'rightRoutes', 'sessionListRoutes', 'sessionRoutes']
