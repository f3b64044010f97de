"""The words that cannot name a module or a project, by reason."""

from __future__ import annotations

import builtins
import keyword
import sys

# Those of every Python from 3.11 to 3.14: the rule must not depend on the version that runs, as the
# project may use another.
KEYWORDS = frozenset(map(str.lower, [*keyword.kwlist, *keyword.softkwlist, "type"]))
BUILTINS = frozenset([*dir(builtins), "PythonFinalizationError", "WindowsError"])
# The linter refuses these names.
LIKE_DIGITS = frozenset(["I", "O", "l"])

# The names that parts/ and the interfaces import or define, as module names.
IMPORTED = frozenset(
    """
    any batch_norm callable callback d_interface data_loader data_module dataset f image
    iterable_dataset lightning lightning_data_module lightning_module literal m_interface metric
    metric_collection module module_dict module_list nn np numpy parameter path pil pl
    pytorch_lightning sequential subset tensor tensor_dataset torch torchmetrics torchvision
    trainer transforms
    """.split()
)

# The groups of options that main.py makes of the chosen classes.
GROUPS = frozenset(
    """
    eval_loader interface_args loader loss_args lr_scheduler_args net optimizer_args
    sampler_args trainer
    """.split()
)
# The names that main.py uses besides its options, or that look like one.
USED = GROUPS | frozenset(
    """
    args balanced callback_args checkpoint config data dataset_args datasets engine help logger logs
    metric_args model nets options predict predict_datasets print_config run scheduler utils
    """.split()
)

# The attributes of PyTorch's modules and of metrics; a parameter is kept as one.
ATTRIBUTES = frozenset(
    """
    T_destination add_module add_state apply bfloat16 buffers call_super_init children clone
    compile compute compute_on_cpu compute_with_cache cpu cuda dist_sync_fn
    dist_sync_on_step distributed_available_fn double dump_patches eval extra_repr float
    forward full_state_update get_buffer get_extra_state get_parameter get_submodule half
    higher_is_better ipu is_differentiable load_state_dict merge_state metric_state modules mtia
    named_buffers named_children named_modules named_parameters parameters persistent plot
    plot_legend_name plot_lower_bound plot_upper_bound process_group register_backward_hook
    register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook
    register_load_state_dict_pre_hook register_module register_parameter
    register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ reset set_dtype
    set_extra_state set_submodule share_memory state_dict sync sync_context sync_on_compute to
    to_empty train training type unsync update update_called update_count xpu zero_grad
    """.split()
)

# Those that the library's base class of a kind adds, without Lightning's hooks (`on_...`).
ATTRIBUTES_OF = {
    "metric": frozenset(["device", "dtype"]),
    "scheduler": frozenset(
        """
        base_lrs get_last_lr get_lr last_epoch optimizer print_lr step verbose
        """.split()
    ),
    "callback": frozenset(["setup", "state_key", "teardown"]),
    "interface": frozenset(
        """
        CHECKPOINT_HYPER_PARAMS_KEY CHECKPOINT_HYPER_PARAMS_NAME CHECKPOINT_HYPER_PARAMS_TYPE
        all_gather allow_zero_length_dataloader_with_multiple_devices automatic_optimization
        backward clip_gradients configure_callbacks configure_gradient_clipping configure_model
        configure_optimizers configure_sharded_model current_epoch device device_mesh dtype
        example_input_array fabric freeze global_rank global_step hparams hparams_initial
        load_from_checkpoint local_rank log log_dict logger loggers lr_scheduler_step
        lr_schedulers manual_backward optimizer_step optimizer_zero_grad optimizers
        predict_dataloader predict_step prepare_data prepare_data_per_node print
        remove_ignored_hparams save_hyperparameters setup strict_loading teardown test_dataloader
        test_step to_onnx to_tensorrt to_torchscript toggle_optimizer toggled_optimizer
        train_dataloader trainer training_step transfer_batch_to_device unfreeze
        untoggle_optimizer val_dataloader validation_step
        """.split()
    ),
}

WINDOWS_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)
YAML_VALUES = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"])

# Names on the package index, in the normalised form of PEP 503: plgen, what it and its projects
# require, and what PyTorch and PyYAML are called otherwise.
DEPENDENCIES = frozenset(
    """
    copier filelock jinja2 jsonargparse lightning matplotlib mlflow numpy platformdirs plgen plumbum
    pytest pytorch pytorch-lightning pyyaml rich tensorboard torch torchmetrics torchvision typer
    wandb yaml
    """.split()
)
# The modules of every Python from 3.11 to 3.14, in that form too.
STANDARD_LIBRARY = frozenset(
    name.replace("_", "-").lower() for name in sys.stdlib_module_names
) | frozenset(
    """
    aifc annotationlib asynchat asyncore audioop cgi cgitb chunk compression crypt distutils imghdr
    imp lib2to3 mailcap msilib nis nntplib ossaudiodev pipes smtpd sndhdr spwd sunau telnetlib uu
    xdrlib
    """.split()
)
