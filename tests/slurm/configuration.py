"""What slurm.conf says."""

from __future__ import annotations

import socket

LINES = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire={requeue_s}
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,bf_interval=1,batch_sched_delay=0
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MaxArraySize={max_array_size}
MinJobAge={remembered_s}
MessageTimeout=4
KillWait={kill_wait_s}
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=30
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=64000 State=UNKNOWN
PartitionName=debug Nodes=node Default=YES MaxTime=INFINITE State=UP
"""


def free_ports(n):
    """Return ports of the loopback that nobody listens to."""
    sockets = [socket.socket() for _ in range(n)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def configuration(folder, *, cpus, requeue_s, max_array_size, remembered_s, kill_wait_s):
    """Return the text of slurm.conf for a node that may have more processors than the machine.

    A requeued job waits until its former credential has expired (`cred_expire`), two minutes if nothing is said.
    """
    controller_port, node_port = free_ports(2)
    return LINES.format(
        folder=folder,
        host=socket.gethostname().partition(".")[0],
        controller_port=controller_port,
        node_port=node_port,
        cpus=cpus,
        requeue_s=requeue_s,
        max_array_size=max_array_size,
        remembered_s=remembered_s,
        kill_wait_s=kill_wait_s,
    )
