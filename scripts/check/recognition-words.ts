/**
 * The words by which a recognition of people would show itself in a name. Names are compared as words
 * with `_` between them, so that `faceEmbedding`, `face-embedding` and `FACE_EMBEDDING` are one.
 */
const speaksOfRecognition: readonly RegExp[] = [
  // templates of a body, and what is done with them
  /(^|_)(embeddings?|biometrics?|faceprints?|voiceprints?|gait|iris)(_|$)/,
  /(^|_)(face|facial|person|people|human|body)_(ids?|identit(y|ies)|identifi\w+|recogni[sz]\w+|recognition|verification|match(es|ing)?|templates?|vectors?|descriptors?|signatures?|prints?|features?|enrol(l?ments?)?)(_|$)/,
  /(^|_)(recogni[sz]ed?|identif(y|ied|ication)|match(ed|es)?|search|enrol(l?ed)?)_(faces?|persons?|people)(_|$)/,
  /(^|_)(re_?id|re_?identif\w*|person_?re_?id)(_|$)/,
  // standing lists of people
  /(^|_)(gallery|galleries|suspects?|black_?lists?|mug_?shots?|wanted_(persons?|people))(_|$)/,
  // attributes that nobody may infer
  /(^|_)(ethnicity|ethnic|ethnicities|race|races|racial|skin_(colou?r|tone)|religion|religious|emotions?|mood|genders?|sex|sexual\w*|sentiment)(_|$)/,
  /^(age|ages|age_(group|range|band|class|years|estimate)s?|(person|people|face|human|body|estimated|apparent)_age(_\w+)?)$/,
  // models and packages that are known for it
  /(arc_?face|sphere_?face|cos_?face|(^|_)sface(_|$)|mag_?face|ada_?face|mobile_?face_?net|face_?net|insight_?face|deep_?face|face_?api|face_?recognition|glint360k|w600k|os_?net_(x|ain)|fast_?reid|gait_?set)/,
]
/** A list of vehicles, bound to an incident, is another matter than one of people. */
const watchList = /(^|_)watch_?(list|lists|listed)(_|$)/
const ofVehicles = /(^|_)(vehicles?|plates?)(_|$)/

export function namesRecognition(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
  if (watchList.test(words) && !ofVehicles.test(words)) return true
  return speaksOfRecognition.some((pattern) => pattern.test(words))
}
