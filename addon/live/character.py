# SPDX-License-Identifier: GPL-3.0-or-later
"""A character of a live session: an armature, and what makes its poses of one performer's landmarks."""

from collections.abc import Sequence
from dataclasses import replace

import bpy

from ...pipeline.live.cameras import LiveCameras
from ...retarget.transfer.pose import RigPose
from .pipeline import CharacterFace, LivePipeline, LiveSettings
from .target import Target


class LiveCharacter:
    """An armature that follows one performer. Runs on Blender's main thread.

    Args:
        armature: the armature object.
        settings: how it follows.
        face: whether the performer's face is looked for.
        beside: the character of another performer in the same picture.
        cameras: how two cameras stand to each other; None if there is one.

    Raises:
        RigUnmapped, ArmatureLocked: the armature cannot be animated.

    Attributes:
        target: the armature.
        pipeline: makes the poses, on the worker's thread.
        editing: whether it waits for edit mode to end.
        warnings: sentences about what keeps bones from following.
    """

    def __init__(
        self,
        armature: bpy.types.Object,
        settings: LiveSettings,
        *,
        face: bool,
        beside: "LiveCharacter | None" = None,
        cameras: LiveCameras | None = None,
    ) -> None:
        self._with_face = face
        self.target = Target(armature, ik=settings.ik)
        self.pipeline: LivePipeline = LivePipeline(
            self.target.rig,
            self.target.rig_map,
            settings,
            face=self._face(),
            beside=None if beside is None else beside.pipeline,
            cameras=cameras,
        )
        self.warnings = self.target.warnings()
        self.editing = False

    def show(self, pose: RigPose, *, meshes: bool) -> bool:
        """Apply a pose, after reading the armature again if it was edited.

        Args:
            pose: of the pipeline.
            meshes: look for changed meshes too; too slow for every pose.

        Returns:
            Whether it could be shown: not in edit mode.

        Raises:
            ArmatureGone, RigUnmapped.
        """
        armature = self.target.find()
        if armature.mode == "EDIT":
            self.editing = True
            return False
        if self.editing or self.target.reread_if_edited(armature):
            self.editing = False
            self.target.reread()
            self.pipeline = self.pipeline.for_rig(self.target.rig, self.target.rig_map, face=self._face())
        elif self.target.reread_face_if_edited(armature, meshes=meshes):
            self.pipeline.change_face(self._face())
        self.target.apply(armature, pose)
        return True

    def show_again(self, pose: RigPose) -> None:
        """Apply a pose again, after Blender's animation has overwritten it.

        Raises:
            ArmatureGone.
        """
        armature = self.target.find()
        if armature.mode != "EDIT":
            self.target.apply(armature, pose)

    def _face(self) -> CharacterFace | None:
        """The character's face, if the performer's is looked for."""
        return self.target.face if self._with_face else None


def characters_of(
    armatures: Sequence[bpy.types.Object], settings: LiveSettings, *, face: bool, cameras: LiveCameras | None = None
) -> tuple[LiveCharacter, ...]:
    """Return the characters of people who perform together; only the first one's face at rest is known beforehand.

    Raises:
        RigUnmapped, ArmatureLocked.
    """
    first = LiveCharacter(armatures[0], settings, face=face, cameras=cameras)
    others = replace(settings, neutral=())
    return first, *(
        LiveCharacter(armature, others, face=face, beside=first, cameras=cameras) for armature in armatures[1:]
    )
