/**
 * Opaque identifiers. Every id is a UUIDv7 in text form unless said; the brand keeps a camera's id
 * from being passed where a unit's is wanted.
 */
declare const brand: unique symbol

type Id<Name extends string> = string & { readonly [brand]: Name }

export type UnitId = Id<'unit'>
export type CameraId = Id<'camera'>
export type ZoneId = Id<'zone'>
export type RuleId = Id<'rule'>
export type AlertId = Id<'alert'>
export type AccountId = Id<'account'>
/** One object's track inside one camera. Unique for ever: never reused after a restart. */
export type TrackId = Id<'track'>
