/** Programs that write to devices. Sources: dd(1), mkfs(8), fdisk(8), parted(8), wipefs(8), cryptsetup(8), lvm(8). */
import type { Field, Handler, Handlers } from '../types.ts';
import { NOTHING, withText } from './help.ts';

const dd: Handler = (cmd, shell) => {
  let output: Field | undefined;
  for (const arg of cmd.args) {
    const [, key, value] = /^(if|of)=([^]*)$/.exec(arg.text) ?? [];
    if (value === undefined) continue;
    if (key === 'if') shell.reads(withText(arg, value));
    else output = withText(arg, value);
  }
  if (output) shell.writes(output, 'write.create', cmd.stdin);
  return output ? NOTHING : undefined;
};

/** A program that writes to the devices it names. */
const device: Handler = (cmd, shell) => {
  if (cmd.args.some((arg) => /^-(?:l|-list|-version|V|h|-help)$/.test(arg.text))) return;
  const paths = cmd.args.filter((arg) => !arg.text.startsWith('-') && arg.text.includes('/'));
  for (const path of paths) {
    const place = shell.place(path);
    if (place.scope === 'device' || place.scope === 'system') shell.effect('write.device', place.path, { scope: place.scope });
    else shell.writes(path);
  }
  if (paths.length === 0) shell.effect('write.device', null, { certain: false });
};

const NAMES =
  'mkfs mke2fs mkswap fdisk sfdisk cfdisk gdisk sgdisk parted wipefs blkdiscard hdparm badblocks cryptsetup lvremove vgremove pvremove nvme zpool mdadm flashrom efibootmgr grub-install debugfs tune2fs';

/** Devices. */
export const DEVICES: Handlers = {
  ...Object.fromEntries(NAMES.split(' ').map((name): [string, Handler] => [name, device])),
  dd,
  dcfldd: dd,
};
