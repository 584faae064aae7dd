"""Flows: everything the console asks of the rest of the program, in one bundle.

In: what `assemble` built. Out: a frozen value that every page reads. Never: a decision.
"""

from dataclasses import dataclass

from grantwire.flow.configure import Configure
from grantwire.flow.drafts import Drafts
from grantwire.flow.health import CheckHealth
from grantwire.flow.keep_catalogue import KeepCatalogue
from grantwire.flow.live import Live
from grantwire.flow.look import Look
from grantwire.flow.past import Past
from grantwire.flow.rehearse import Rehearse
from grantwire.flow.replay import Replay
from grantwire.flow.replays import Replays
from grantwire.flow.retain import Retain
from grantwire.flow.roll_up import RollUp
from grantwire.flow.sign import Sign
from grantwire.flow.sign_in import SignIn
from grantwire.flow.targets import Targets
from grantwire.ports import Clock, Credentials, Dice, Observer


@dataclass(frozen=True, slots=True)
class WebFlows:
    configure: Configure
    rehearse: Rehearse
    look: Look
    past: Past
    replay: Replay
    replays: Replays
    targets: Targets
    catalogue: KeepCatalogue
    roll_up: RollUp
    retain: Retain
    health: CheckHealth
    live: Live
    sign: Sign
    sign_in: SignIn
    drafts: Drafts
    credentials: Credentials
    observer: Observer
    clock: Clock
    dice: Dice
