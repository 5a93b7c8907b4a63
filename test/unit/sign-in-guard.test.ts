import { expect, it } from 'vitest'
import { SignInGuard } from '../../src/access/sign-in-guard.ts'

function guarded() {
  const clock = { utcMs: 1_000_000 }
  const guard = new SignInGuard(() => clock.utcMs)
  /** How many tries pass before it says stop, at most `most`. */
  const passes = (most: number, address: (n: number) => string, username: (n: number) => string): number => {
    for (let n = 0; n < most; n += 1) {
      try {
        guard.begin(username(n), address(n))
      } catch {
        return n
      }
    }
    return most
  }
  return { clock, guard, passes }
}

it('stops one account from one address, for five minutes, and no other address', () => {
  const { clock, guard, passes } = guarded()
  expect(
    passes(
      9,
      () => '192.0.2.1',
      () => 'admin',
    ),
  ).toBe(5)
  expect(
    passes(
      1,
      () => '192.0.2.2',
      () => 'admin',
    ),
  ).toBe(1)
  expect(
    passes(
      1,
      () => '192.0.2.1',
      () => 'other',
    ),
  ).toBe(1)
  clock.utcMs += 299_000
  expect(() => guard.begin('admin', '192.0.2.1')).toThrow(
    expect.objectContaining({ code: 'too-many-attempts', details: { retryAfterS: 1 } }),
  )
  clock.utcMs += 1_000
  expect(
    passes(
      9,
      () => '192.0.2.1',
      () => 'admin',
    ),
  ).toBe(5)
})

it('stops one address that tries many accounts', () => {
  const { passes } = guarded()
  expect(
    passes(
      99,
      () => '192.0.2.1',
      (n) => `account-${n}`,
    ),
  ).toBe(30)
})

it.each([
  ['2001:db8::', 30],
  ['2001:db8:0:0:ffff::', 30],
  ['2001:db8:0:1::', 30],
])('takes a network of IPv6 addresses (%s…) for one', (prefix, allowed) => {
  const { passes } = guarded()
  expect(
    passes(
      99,
      (n) => `${prefix}${n + 1}`,
      (n) => `account-${n}`,
    ),
  ).toBe(allowed)
})

it('tells IPv6 networks and mapped IPv4 addresses apart', () => {
  const { passes } = guarded()
  expect(
    passes(
      99,
      (n) => `2001:db8:0:${n}::1`,
      () => 'admin',
    ),
  ).toBe(99)
  expect(
    passes(
      99,
      (n) => `::ffff:192.0.2.${n}`,
      () => 'admin',
    ),
  ).toBe(99)
})

it('does not count those who get in, nor those whose password nobody could look at', () => {
  const { guard, passes } = guarded()
  for (let n = 0; n < 100; n += 1) {
    guard.begin(`account-${n}`, '192.0.2.1')
    if (n % 2 === 0) guard.succeeded(`account-${n}`, '192.0.2.1')
    else guard.takeBack(`account-${n}`, '192.0.2.1')
  }
  expect(
    passes(
      99,
      () => '192.0.2.1',
      (n) => `account-${n}`,
    ),
  ).toBe(30)
})

it('forgets the oldest when too many have tried: memory is bounded', () => {
  const { passes } = guarded()
  const stopped = () =>
    passes(
      9,
      () => '192.0.2.1',
      () => 'admin',
    )
  expect(stopped()).toBe(5)
  expect(stopped()).toBe(0)
  passes(
    5_000,
    (n) => `10.0.${n >> 8}.${n & 255}`,
    () => 'admin',
  )
  expect(stopped()).toBe(5)
})
