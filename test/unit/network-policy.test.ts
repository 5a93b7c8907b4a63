import { expect, it } from 'vitest'
import { NetworkPolicy } from '../../src/registry/network-policy.ts'

const usual = new NetworkPolicy(['10.0.0.0/8', '192.168.0.0/16', 'fc00::/7'])

it.each([
  ['10.1.2.3', true],
  ['192.168.255.255', true],
  ['fd12::1', true],
  ['::ffff:10.1.2.3', true],
  ['8.8.8.8', false],
  ['127.0.0.1', false],
  ['127.0.1.1', false],
  ['::1', false],
  ['169.254.169.254', false],
  ['::ffff:169.254.169.254', false],
  ['fd00:ec2::254', false],
  ['0.0.0.0', false],
  ['224.0.0.1', false],
  ['fe80::1', false],
  ['not an address', false],
])('%s: %s', (address, permitted) => {
  expect(usual.permits(address)).toBe(permitted)
})

it('never lets link-local and metadata addresses in, whatever is set', () => {
  const everything = new NetworkPolicy(['0.0.0.0/0', '::/0'])
  expect(everything.permits('8.8.8.8')).toBe(true)
  for (const address of ['169.254.169.254', '100.100.100.200', 'fe80::1', 'fd00:ec2::254', '0.0.0.1', '::']) {
    expect(everything.permits(address)).toBe(false)
  }
})

it('lets demo cameras be on loopback, but not where this machine has its own services', () => {
  const demo = new NetworkPolicy([], { demoCameras: true })
  expect(['127.0.1.1', '127.0.2.9', '127.0.7.255'].every((address) => demo.permits(address))).toBe(true)
  expect(['127.0.0.1', '127.0.0.53', '127.1.0.1', '10.0.0.1'].some((address) => demo.permits(address))).toBe(
    false,
  )
  expect(demo.permitsLoopback).toBe(true)
  expect(usual.permitsLoopback).toBe(false)
})

it('checks the address that a name stands for, and hands out that address', async () => {
  const loopback = new NetworkPolicy(['127.0.0.0/8'])
  expect(await loopback.allowed('localhost')).toBe('127.0.0.1')
  await expect(usual.allowed('localhost')).rejects.toMatchObject({ code: 'address-refused' })
  await expect(usual.allowed('nowhere.invalid')).rejects.toMatchObject({ code: 'host-unknown' })
})

it.each(['10.0.0.0/33', 'x/8', '10.0.0.0/-1', '10.0.0.0/8.5'])('refuses the network %s', (network) => {
  expect(() => new NetworkPolicy([network])).toThrow(expect.objectContaining({ code: 'network-malformed' }))
})
