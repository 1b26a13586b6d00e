/** The keys of the compose specification that say nothing about who may talk to whom. Everything else is read, or reported by itself. */

/** Keys of a service. */
export const serviceIrrelevant: ReadonlySet<string> = new Set([
  'annotations',
  'attach',
  'blkio_config',
  'build',
  'cap_add',
  'cap_drop',
  'cgroup',
  'cgroup_parent',
  'command',
  'configs',
  'cpu_count',
  'cpu_percent',
  'cpu_period',
  'cpu_quota',
  'cpu_rt_period',
  'cpu_rt_runtime',
  'cpu_shares',
  'cpus',
  'cpuset',
  'credential_spec',
  'depends_on',
  'develop',
  'device_cgroup_rules',
  'devices',
  'dockerfile',
  'entrypoint',
  'env_file',
  'environment',
  'gpus',
  'group_add',
  'healthcheck',
  'image',
  'init',
  'ipc',
  'isolation',
  'label_file',
  'labels',
  'log_driver',
  'log_opt',
  'logging',
  'mem_limit',
  'mem_reservation',
  'mem_swappiness',
  'memswap_limit',
  'models',
  'oom_kill_disable',
  'oom_score_adj',
  'pid',
  'pids_limit',
  'platform',
  'post_start',
  'pre_stop',
  'privileged',
  'pull_policy',
  'pull_refresh_after',
  'read_only',
  'restart',
  'runtime',
  'secrets',
  'security_opt',
  'shm_size',
  'stdin_open',
  'stop_grace_period',
  'stop_signal',
  'storage_opt',
  'tmpfs',
  'tty',
  'ulimits',
  'use_api_socket',
  'user',
  'userns_mode',
  'uts',
  'volume_driver',
  'volumes',
  'volumes_from',
  'working_dir',
]);

/** Keys of `deploy`, apart from `replicas` and `mode`. */
export const deployIrrelevant: ReadonlySet<string> = new Set([
  'labels',
  'placement',
  'resources',
  'restart_policy',
  'rollback_config',
  'update_config',
]);

/** Keys of an entry of `ports` in its long form. */
export const portIrrelevant: ReadonlySet<string> = new Set(['name', 'mode', 'app_protocol']);

/** Keys of a service's place on a network. */
export const attachmentIrrelevant: ReadonlySet<string> = new Set(['interface_name']);

/** Keys of a top-level network. */
export const networkIrrelevant: ReadonlySet<string> = new Set(['attachable', 'labels']);

/** Keys at the top of the file. */
export const fileIrrelevant: ReadonlySet<string> = new Set(['version', 'volumes', 'configs', 'secrets', 'models']);

/** Keys of a service that do concern the network, and why the policy cannot say them. */
export const serviceUnsaid: ReadonlyMap<string, string> = new Map([
  [
    'extra_hosts',
    'Extra lines of the hosts file are not part of a policy; give the container an `alias`, or keep them with the container.',
  ],
  ['domainname', 'A policy names the host of a container, not its domain; write the full name as `hostname`.'],
  [
    'external_links',
    'The containers of other projects are not in this file; declare them as containers and link them.',
  ],
  ['provider', 'Another program runs this service; check that the container stands for what it starts.'],
]);
