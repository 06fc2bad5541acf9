/**
 * What a sandbox needs to reach a graphics processor through Vulkan: the loader, the drivers that the
 * manifests of this system name, and the device files. Bound into the jail only where it was granted.
 */
import { readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'

import { type FileView, systemFiles } from '../jail/file-view.ts'
import { listLibraries } from '../jail/libraries.ts'

export interface GpuParts {
  /** The files of drivers and their descriptions, at the same paths inside. */
  readonly files: readonly string[]
  /** The loader, and where the dynamic linker looks for it inside. */
  readonly loader: { readonly from: string; readonly to: string }
  readonly links: readonly (readonly [target: string, at: string])[]
  readonly devices: readonly string[]
  /** Groups that own the device files. */
  readonly groups: readonly number[]
  readonly manifests: readonly string[]
  /** True, in tests alone: an adapter that computes in software is good enough. */
  readonly software: boolean
}

/** What was found instead of a graphics processor, in words. */
export interface NoGpu {
  readonly missing: string
}

const manifestFolders = [
  '/etc/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
  '/usr/share/vulkan/icd.d',
]
const libraryFolders = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/lib',
]
/** Drivers that compute in software: they are never offered for work, so they are not bound. */
const softwareDriver = /lvp_icd|lavapipe|swiftshader|gfxstream|virtio/i
const nvidiaDevice = /^nvidia(?:\d+|ctl|-uvm|-modeset)$/

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

/** The library that a manifest names: a path, one beside the manifest, or a name to look for. */
export function parseManifest(text: string, path: string): readonly string[] {
  const { ICD } = JSON.parse(text) as { ICD?: { library_path?: unknown } }
  const library = ICD?.library_path
  if (typeof library !== 'string') return []
  if (library.includes('/')) return [resolve(dirname(path), library)]
  return libraryFolders.map((folder) => join(folder, library))
}

function findDriver(manifest: string, files: FileView): string | undefined {
  try {
    return parseManifest(files.read(manifest) ?? '{}', manifest).find(exists)
  } catch {
    // A manifest that is no JSON is no driver.
    return undefined
  }
}

function findManifests(): readonly string[] {
  return manifestFolders.flatMap((folder) =>
    namesIn(folder)
      .filter((name) => name.endsWith('.json') && !softwareDriver.test(name))
      .map((name) => join(folder, name)),
  )
}

function findLoader(extra: readonly string[]): string | undefined {
  return [...libraryFolders, ...extra].map((folder) => join(folder, 'libvulkan.so.1')).find(exists)
}

function findDevices(): readonly string[] {
  const rendering = namesIn('/dev/dri').filter((name) => name.startsWith('renderD'))
  const nvidia = namesIn('/dev').filter((name) => nvidiaDevice.test(name))
  return [...rendering.map((name) => `/dev/dri/${name}`), ...nvidia.map((name) => `/dev/${name}`)]
}

/** Where drivers look up what a rendering device is. */
function describeDevice(device: string): { files: string[]; links: [string, string][] } {
  if (!device.startsWith('/dev/dri/')) return { files: [], links: [] }
  const { rdev } = statSync(device)
  const at = `/sys/dev/char/${rdev >> 8}:${rdev & 0xff}`
  try {
    const shown = resolve(dirname(at), readlinkSync(at))
    const hardware = realpathSync(join(shown, 'device'))
    return { files: [hardware], links: [[relative(dirname(at), shown), at]] }
  } catch {
    // Without it a driver may still know its device.
    return { files: [], links: [] }
  }
}

interface Search {
  readonly deno: string
  /** In tests alone: the manifest of a driver that computes in software. */
  readonly software?: string
  readonly files?: FileView
}

async function withLibraries(deno: string, found: readonly string[]): Promise<readonly string[]> {
  const lists = await Promise.all(found.map((path) => listLibraries(deno, path)))
  return [...new Set([...found.map((path) => realpathSync(path)), ...lists.flat()])]
}

/** Everything that has to be bound, or what is missing. */
export async function findGpu(search: Search): Promise<GpuParts | NoGpu> {
  const { deno, files = systemFiles, software } = search
  const manifests = software === undefined ? findManifests() : [software]
  const drivers = manifests.flatMap((path) => {
    const driver = findDriver(path, files)
    return driver === undefined ? [] : [{ manifest: path, driver }]
  })
  if (drivers.length === 0) return { missing: 'no Vulkan driver of a graphics processor' }
  const loader = findLoader(software === undefined ? [] : [dirname(software)])
  if (loader === undefined) return { missing: 'no Vulkan loader (libvulkan.so.1)' }
  const devices = software === undefined ? findDevices() : []
  if (software === undefined && devices.length === 0) {
    return { missing: 'no device file (/dev/dri/renderD*, /dev/nvidia*)' }
  }
  const described = devices.map(describeDevice)
  const libraries = await withLibraries(deno, [...drivers.map(({ driver }) => driver), loader])
  const libc = libraries.find((path) => basename(path) === 'libc.so.6')
  const groups = devices
    .map((path) => statSync(path))
    .filter(({ mode }) => (mode & 0o006) !== 0o006)
  return {
    files: [
      ...new Set([
        ...libraries,
        ...drivers.flatMap(({ driver, manifest }) => [driver, manifest]),
        ...described.flatMap(({ files: of }) => of),
      ]),
    ],
    loader: { from: loader, to: join(dirname(libc ?? loader), 'libvulkan.so.1') },
    links: described.flatMap(({ links }) => links),
    devices,
    groups: [...new Set(groups.map(({ gid }) => gid).filter((gid) => gid !== 0))],
    manifests: drivers.map(({ manifest }) => manifest),
    software: software !== undefined,
  }
}
